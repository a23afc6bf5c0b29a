// A cache in a file, for devices that are killed: a journal of writes over the cache in memory. Opening it again
// plays the journal, so that a reload, or another process after `kill -9`, starts from what was written and from
// nothing else. An outbox entry is on the disk when `putEntry` resolves (OUT-1); a line that was cut off counts as
// never written (SYNC-2). The bytes of what waits lie beside it, on the disk before the line that names them. It is not
// fast, and nobody but tests uses it.
import { mkdir, open, readdir, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { memoryCache, type Cache } from '@palabre/client'
import type { UserId } from '@palabre/protocol'

/** What changes a cache; the journal is a line of each. */
const writing = ['write', 'putEntry', 'removeEntry', 'putDraft', 'putPendingMarks'] as const
type Writing = (typeof writing)[number]
type Line = [name: Writing, ...args: unknown[]]

/** Lines after which opening writes the journal anew. */
const longJournal = 400
const cacheFile = (folder: string, userId: UserId) => join(folder, `cache-${userId}.jsonl`)
const bytesFile = (folder: string, userId: UserId, order: number, index: number) =>
  join(folder, `bytes-${userId}-${order}-${index}`)

/** Opens the user's cache in that folder, made at the first time. One process at a time. */
export async function openFileCache(folder: string, userId: UserId): Promise<Cache> {
  const path = cacheFile(folder, userId)
  await mkdir(folder, { recursive: true })
  const memory = memoryCache()
  const kept = await played(path, memory)
  if (kept.lines > longJournal) await rewrite(path, memory)
  let file: FileHandle | null = await open(path, 'a')
  // What was cut off must not become the beginning of the next line.
  if (kept.lines <= longJournal && kept.isTorn) await file.truncate(kept.bytes)
  let line: Promise<unknown> = Promise.resolve()

  function inLine<T>(job: () => Promise<T>): Promise<T> {
    const done = line.then(job)
    line = done.catch(() => undefined)
    return done
  }

  function journaled(entry: Line, isDurable: boolean): Promise<void> {
    // Copied at once: the caller may change it, and what cannot be copied is refused before anything is written.
    const copy = structuredClone(entry)
    return inLine(() => append(copy, isDurable))
  }

  async function append(entry: Line, isDurable: boolean): Promise<void> {
    if (file === null) throw new Error('the cache is closed')
    await file.appendFile(`${JSON.stringify(entry)}\n`)
    if (isDurable) await file.datasync()
    await play(memory, entry)
  }

  async function putFiles(order: number, files: readonly Blob[]): Promise<void> {
    for (const [index, file] of files.entries())
      await writeFile(bytesFile(folder, userId, order, index), Buffer.from(await file.arrayBuffer()), {
        flush: true,
      })
  }

  async function close(): Promise<void> {
    await inLine(async () => {
      await file?.close()
      file = null
    })
  }

  return {
    read: () => inLine(() => memory.read()),
    messages: (id, before, limit) => inLine(() => memory.messages(id, before, limit)),
    write: async (write) => journaled(['write', write], false),
    async addEntry(entry, least, files = []) {
      const copy = structuredClone(entry)
      // In line as a whole: nothing comes between finding the place and taking it.
      return inLine(async () => {
        const { outbox } = await memory.read()
        const added = { ...copy, order: Math.max(least, (outbox.at(-1)?.order ?? least - 1) + 1) }
        await putFiles(added.order, files)
        await append(['putEntry', added], true)
        return added.order
      })
    },
    file: (order, index) =>
      inLine(async () => {
        // What an entry left behind is nobody's.
        if (!(await memory.read()).outbox.some((entry) => entry.order === order)) return null
        const bytes = await readFile(bytesFile(folder, userId, order, index)).catch(() => null)
        return bytes === null ? null : new Blob([new Uint8Array(bytes)])
      }),
    entries: () => inLine(async () => (await memory.entries?.()) ?? []),
    async putEntry(entry, files = []) {
      await inLine(() => putFiles(entry.order, files))
      await journaled(['putEntry', entry], true)
    },
    removeEntry: async (order) => journaled(['removeEntry', order], false),
    putDraft: async (id, text) => journaled(['putDraft', id, text], false),
    putPendingMarks: async (id, marks) => journaled(['putPendingMarks', id, marks], false),
    close,
    async destroy() {
      await close()
      await rm(path, { force: true })
      for (const name of await readdir(folder))
        if (name.startsWith(`bytes-${userId}-`)) await rm(join(folder, name))
    },
  }
}

/** Plays what is in the file into the memory. */
async function played(
  path: string,
  memory: Cache,
): Promise<{ lines: number; bytes: number; isTorn: boolean }> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const lines = whole.split('\n').filter((line) => line !== '')
  for (const line of lines) await play(memory, JSON.parse(line) as Line)
  return { lines: lines.length, bytes: Buffer.byteLength(whole), isTorn: whole.length < text.length }
}

async function play(memory: Cache, [name, ...args]: Line): Promise<void> {
  if (!writing.includes(name)) throw new Error(`a journal of something else: ${name}`)
  const change = memory[name] as (...args: unknown[]) => Promise<void>
  await change(...args)
}

/** The same content in as few lines as it takes; in place of the old journal in one step. */
async function rewrite(path: string, memory: Cache): Promise<void> {
  const { meta, conversations, users, account, outbox, drafts, pendingMarks } = await memory.read()
  const messages = await Promise.all(
    conversations.map(({ id }) => memory.messages(id, null, Number.MAX_SAFE_INTEGER)),
  )
  const lines: Line[] = [
    ['write', { meta, conversations, users, account, messages: messages.flat() }],
    ...outbox.map((entry): Line => ['putEntry', entry]),
    ...[...drafts].map(([id, text]): Line => ['putDraft', id, text]),
    ...[...pendingMarks].map(([id, marks]): Line => ['putPendingMarks', id, marks]),
  ]
  const next = await open(`${path}.next`, 'w')
  await next.writeFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  await next.datasync()
  await next.close()
  await rename(`${path}.next`, path)
}
