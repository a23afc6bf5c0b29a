// A cache over a disk that may fail: refused, full, deleted under the page, of a newer layout. The engine never hears
// of it: what it writes is in memory first, and what a person wrote (outbox, drafts, marks) stays there, to be kept
// as soon as the disk takes it again. Until then it says that nothing is kept; it never says so of what is (OUT-1).
// The outbox comes before history: where there is no room, old cached messages go first.
// It promises nothing about several pages on one database: who of them writes is decided elsewhere.
import { limits, type ConversationId, type Message, type UserId } from '@palabre/protocol'
import { ceilingMs } from '../connection/backoff.ts'
import { memoryCache } from './memory.ts'
import type { Cache, CacheContent, CacheWrite, OutboxEntry, StorageState, StorageTrouble } from './port.ts'

/** A cache that can make room. */
export interface Disk extends Cache {
  /** All but the newest `keep` messages of each conversation go. Answers the lowest seq that each still holds. */
  dropOldMessages(keep: number): Promise<Map<ConversationId, number>>
}

/** Where disks come from. */
export interface Disks {
  open(userId: UserId, onLost: () => void): Promise<Disk>
  /** Deletes one that may not be open. */
  remove(userId: UserId): Promise<void>
}

/** A browser may never answer, e.g. while another page does not let go of the database. */
const OPEN_WAIT_MS = 4_000
/** How many messages of each conversation stay, step by step, when there is no room. */
const keepSteps = [limits.pageDefault, 10, 0] as const

/** By the names of IndexedDB's errors; all others: what was open is of no use any more. */
const troubles: Partial<Record<string, StorageTrouble>> = {
  QuotaExceededError: 'full',
  VersionError: 'outdated',
  RefusedError: 'refused',
}

const durable: StorageState = { name: 'durable' }

/** Opens caches that go on in memory. What a disk could not take outlives a sign-out in this page's memory. */
export function createKeptCaches(disks: Disks): (userId: UserId) => Promise<Cache> {
  /** What someone wrote that is nowhere but here, for when they sign in again. */
  const unkept = new Map<UserId, Cache>()
  return async (userId) => {
    const own = unkept.get(userId) ?? memoryCache()
    unkept.delete(userId)
    const cache = keptCache(userId, own, disks, (left) => unkept.set(userId, left))
    await cache.start()
    return cache
  }
}

function keptCache(
  userId: UserId,
  /** What the person did and is not through yet: outbox, drafts, marks. */
  own: Cache,
  disks: Disks,
  onUnkept: (own: Cache) => void,
): Cache & { start(): Promise<void> } {
  let disk: Disk | null = null
  let trouble: StorageTrouble | null = null
  let told: StorageTrouble | null | undefined
  /** The disk holds what is yours, but not the newest of what came from the server. */
  let isBehind = false
  let isClosed = false
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let whole: (() => CacheWrite) | null = null
  let listener: ((state: StorageState) => void) | null = null
  /** Below these, messages were dropped for room: a page that lies lower would leave a hole on the disk (TL-1). */
  let floors = new Map<ConversationId, number>()
  /** Acknowledged entries that the disk may still hold. */
  const gone = new Set<number>()
  /** The disk does one thing after the other. */
  let line: Promise<unknown> = Promise.resolve()

  function alone<T>(job: () => Promise<T>): Promise<T> {
    const done = line.then(job)
    line = done.catch(() => undefined)
    return done
  }

  function tell(): void {
    if (told === trouble) return
    told = trouble
    listener?.(trouble === null ? durable : { name: 'memory', because: trouble })
  }

  function failed(because: StorageTrouble): void {
    if (isClosed) return
    trouble = because
    // Whatever went wrong with it, another one is opened; a full one is the right one.
    if (because !== 'full') {
      void disk?.close()
      disk = null
    }
    later()
    tell()
  }

  function later(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void alone(mend), ceilingMs(++failures))
  }

  /** @throws a RefusedError when the browser says no, or nothing. */
  async function openDisk(): Promise<Disk> {
    const opening = disks.open(userId, () => {
      if (disk !== null) failed('lost')
    })
    let patience: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      patience = setTimeout(() => reject(refusal(null)), OPEN_WAIT_MS)
    })
    try {
      return await Promise.race([opening, late])
    } catch (error) {
      opening.then((opened) => opened.close()).catch(() => undefined)
      throw reasonOf(error) === 'lost' ? refusal(error) : error
    } finally {
      clearTimeout(patience)
    }
  }

  /** Makes room step by step while it is room that is missing. */
  async function withRoom<T>(on: Disk, job: () => Promise<T>): Promise<T> {
    for (const keep of keepSteps) {
      try {
        return await job()
      } catch (error) {
        if (reasonOf(error) !== 'full') throw error
        floors = new Map([...floors, ...(await on.dropOldMessages(keep))])
      }
    }
    return await job()
  }

  /** Keeps something of the person's own: in memory, then on the disk. */
  function keep(job: (on: Cache) => Promise<void>, isUrgent = false): Promise<void> {
    return alone(async () => {
      await job(own)
      // There may be room again, and then for everything, this too.
      if (isUrgent && trouble === 'full') return await mend()
      const on = disk
      if (on === null || trouble !== null) return
      await withRoom(on, () => job(on)).catch((error: unknown) => failed(reasonOf(error)))
    })
  }

  function trimmed(write: CacheWrite): CacheWrite {
    if (write.clear === true) floors.clear()
    for (const id of [...(write.dropMessagesOf ?? []), ...(write.removeConversations ?? [])])
      floors.delete(id)
    return { ...write, messages: (write.messages ?? []).filter(isAboveFloor) }
  }

  function isAboveFloor({ conversationId, seq }: Message): boolean {
    return seq >= (floors.get(conversationId) ?? 0)
  }

  /** While the disk is behind it takes no more of the log, which would leave a hole; but it still lets go of things. */
  function allowed(write: CacheWrite): CacheWrite {
    if (trouble === null && !isBehind) return trimmed(write)
    const { clear = false, removeConversations = [], removeEntries = [] } = write
    return { clear, removeConversations, removeEntries }
  }

  async function writeSynced(write: CacheWrite): Promise<void> {
    try {
      // What must go at a sign-out goes, if the disk can be had at all (SEC-31).
      const on = write.clear === true ? (disk ??= await openDisk()) : disk
      if (on === null) return
      await withRoom(on, () => on.write(allowed(write)))
      for (const order of write.removeEntries ?? []) gone.delete(order)
    } catch (error) {
      const because = reasonOf(error)
      if (because !== 'full' || trouble !== null) return failed(because)
      isBehind = true
      later()
    }
  }

  /** Tries to keep everything again: the person's own first, then what came from the server. */
  async function mend(): Promise<void> {
    if (isClosed || (trouble === null && !isBehind)) return
    try {
      const on = (disk ??= await openDisk())
      const held = await on.read()
      const { outbox, drafts, pendingMarks } = await own.read()
      await withRoom(on, async () => {
        await on.write({ removeEntries: [...gone] })
        for (const entry of outbox) await on.putEntry(entry, await ownFiles(entry))
        for (const [id, text] of drafts) await on.putDraft(id, text)
      })
      gone.clear()
      isBehind = !(await isRenewed(on, held))
      // After that: renewing takes all marks away, also those that an earlier page left.
      for (const [id, marks] of new Map([...held.pendingMarks, ...pendingMarks]))
        await on.putPendingMarks(id, marks)
      // Nothing of one's own was there to prove that there is room: it says that there is none, and does not flicker.
      if (isBehind && trouble === 'full' && outbox.length === 0) return later()
    } catch (error) {
      return failed(reasonOf(error))
    }
    trouble = null
    if (isBehind) later()
    else failures = 0
    tell()
  }

  /** The bytes that are in memory alone; none: the disk has them. */
  async function ownFiles({ order, uploads = [] }: OutboxEntry): Promise<Blob[] | undefined> {
    const files = await Promise.all(uploads.map((_, index) => own.file(order, index)))
    return files.every((file) => file !== null) ? files : undefined
  }

  /**
   * Writes what came from the server anew: where the disk is not where memory is, the newest of it; the rest stays as
   * it is, for memory holds little of what nobody looked at. False: there is no room for it.
   */
  async function isRenewed(on: Disk, held: CacheContent): Promise<boolean> {
    if (whole === null) return true
    const all = whole()
    const { conversations = [], messages = [], account = [] } = all
    const clear = held.meta.epoch !== all.meta?.epoch
    const cursors = new Map(clear ? [] : held.conversations.map(({ id, cursor }) => [id, cursor]))
    const moved = conversations.filter(({ id, cursor }) => cursors.get(id) !== cursor)
    for (const { id, conversation } of moved) floors.set(id, conversation.lastSeq + 1 - keepSteps[0])
    const movedIds = new Set(moved.map(({ id }) => id))
    const ids = new Set(conversations.map(({ id }) => id))
    const keys = new Set(account.map(({ key }) => key))
    const goneAccount = held.account.filter(({ key }) => !keys.has(key))
    try {
      await on.write({
        ...all,
        clear,
        removeConversations: [...cursors.keys()].filter((id) => !ids.has(id)),
        dropMessagesOf: [...movedIds],
        messages: messages.filter((one) => movedIds.has(one.conversationId) && isAboveFloor(one)),
        account: [...goneAccount.map((entry) => ({ ...entry, value: null })), ...account],
      })
      return true
    } catch (error) {
      if (reasonOf(error) !== 'full') throw error
      return false
    }
  }

  return {
    async start() {
      try {
        disk = await openDisk()
      } catch (error) {
        return failed(reasonOf(error))
      }
      if ((await own.read()).outbox.length === 0) return
      // An earlier session on this page could not keep it.
      trouble = 'lost'
      await mend()
    },
    read: () =>
      alone(async () => {
        try {
          const content = await disk?.read()
          if (content === undefined) return await own.read()
          // Another page may have changed it: as long as all is well, what the disk holds is what there is.
          if (trouble === null) own = await ownCopy(content)
          const { outbox, drafts, pendingMarks } = await own.read()
          return { ...content, outbox, drafts, pendingMarks }
        } catch (error) {
          failed(reasonOf(error))
          return await own.read()
        }
      }),
    messages: (id, before, limit) =>
      alone(async () => {
        try {
          return (await disk?.messages(id, before, limit)) ?? []
        } catch (error) {
          // None here: who asks finds by arithmetic that there are more, and asks the server.
          failed(reasonOf(error))
          return []
        }
      }),
    write(write) {
      const { clear = false, removeConversations = [], removeEntries = [] } = write
      return alone(async () => {
        for (const order of removeEntries) gone.add(order)
        await own.write({ clear, removeConversations, removeEntries })
        await writeSynced(write)
      })
    },
    async addEntry(entry, least, files) {
      const order = await alone(async () => {
        const on = disk
        if (on === null || trouble !== null) return null
        try {
          // The disk says where its place is, where there is one.
          const order = await withRoom(on, () => on.addEntry(entry, least, files))
          await own.putEntry({ ...entry, order })
          return order
        } catch (error) {
          failed(reasonOf(error))
          return null
        }
      })
      if (order !== null) return order
      return await alone(async () => {
        const place = await own.addEntry(entry, least, files)
        if (trouble === 'full') await mend()
        return place
      })
    },
    // What other tabs added is on the disk or nowhere.
    entries: () => alone(async () => (await disk?.entries?.()) ?? []).catch(() => []),
    // Files are twice in memory only where the disk does not have them.
    file: (order, index) =>
      alone(async () => (await own.file(order, index)) ?? (await disk?.file(order, index)) ?? null),
    putEntry: (entry, files) => keep((on) => on.putEntry(entry, files), true),
    async removeEntry(order) {
      await this.write({ removeEntries: [order] })
    },
    putDraft: (id, text) => keep((on) => on.putDraft(id, text)),
    putPendingMarks: (id, marks) => keep((on) => on.putPendingMarks(id, marks)),
    async close() {
      end()
      if (trouble !== null && (await own.read()).outbox.length > 0) onUnkept(own)
      await alone(async () => await disk?.close())
    },
    async destroy() {
      end()
      await alone(() => disk?.destroy() ?? disks.remove(userId))
    },
    onStorage(next) {
      listener = next
      told = undefined
      tell()
    },
    isLevel: () => trouble === null && !isBehind,
    renewFrom(next) {
      whole = next
    },
  }

  function end(): void {
    isClosed = true
    clearTimeout(timer)
  }
}

async function ownCopy({ outbox, drafts, pendingMarks }: CacheContent): Promise<Cache> {
  const copy = memoryCache()
  for (const entry of outbox) await copy.putEntry(entry)
  for (const [id, text] of drafts) await copy.putDraft(id, text)
  for (const [id, marks] of pendingMarks) await copy.putPendingMarks(id, marks)
  return copy
}

function refusal(cause: unknown): Error {
  return Object.assign(new Error('the browser keeps nothing', { cause }), { name: 'RefusedError' })
}

function reasonOf(error: unknown): StorageTrouble {
  const name = error instanceof Error ? error.name : ''
  return troubles[name] ?? 'lost'
}
