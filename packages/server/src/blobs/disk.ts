// Blobs as files: `media/ab/abcdef…`, 256 folders. A blob is written beside, to the disk, and takes its name in one
// rename: no reader and no crash ever meets half of one. Files are for the server's own user.
import { randomUUID } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { PalabreError } from '@palabre/protocol'
import { BlobId, type Blob, type Blobs, type ListedBlob } from './port.ts'
import { nameOf, verified, within } from './verified.ts'

const draftsName = 'drafts'
/** What somebody began longer ago than this and has not finished is nobody's. */
const draftMs = 24 * 60 * 60_000
/** The disk's fault or its owner's, and it may pass: the same request can succeed later. */
const passing = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE', 'ESTALE'])

/** Opens the folder `dir`, making it when it is not there. @throws with one sentence when it cannot be used */
export async function openDiskBlobs(dir: string, now: () => number = () => Date.now()): Promise<Blobs> {
  const drafts = join(dir, draftsName)
  const folderOf = (name: string) => join(dir, name.slice(0, 2))
  const pathOf = (id: BlobId) => join(folderOf(nameOf(id)), id)
  await ready()
  await removeAbandoned(drafts, now() - draftMs)

  async function ready(): Promise<void> {
    const probe = join(drafts, randomUUID())
    try {
      await mkdir(drafts, { recursive: true, mode: 0o700 })
      await write(probe, [new Uint8Array(1)])
      await rm(probe)
    } catch (cause) {
      throw new Error(`media cannot be kept in ${dir}: ${codeOf(cause)}`, { cause })
    }
  }

  async function put({ id, bytes }: Blob, source: Readable, signal?: AbortSignal) {
    const draft = join(drafts, randomUUID())
    try {
      const path = pathOf(id)
      // One of another length cannot be these bytes: the disk has lost something, and here it is again.
      if ((await sizeAt(path)) === bytes) {
        signal?.throwIfAborted()
        return 'present' as const
      }
      await write(draft, verified({ id, bytes }, source, signal))
      const folder = folderOf(id)
      if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(dir)
      await rename(draft, path)
      await syncFolder(folder)
      return 'stored' as const
    } catch (error) {
      await rm(draft, { force: true })
      throw explained(error)
    } finally {
      source.destroy()
    }
  }

  return {
    put,

    async read(id, { range, signal } = {}) {
      const file = await opened(pathOf(id))
      try {
        const { size: bytes } = await file.stat()
        const { start, length } = within(bytes, range)
        const until = length === 0 ? {} : { end: start + length - 1 }
        const body = file.createReadStream({ start, ...until, ...(signal === undefined ? {} : { signal }) })
        return { bytes, start, length, body }
      } catch (error) {
        await file.close()
        throw error
      }
    },

    size: async (id) => sizeAt(pathOf(id)),

    async delete(id) {
      try {
        await rm(pathOf(id), { force: true })
      } catch (error) {
        throw explained(error)
      }
    },

    list: (after) => list(dir, after ?? ''),
    check: ready,
    close: () => Promise.resolve(),
  }
}

async function* list(dir: string, after: string): AsyncGenerator<ListedBlob> {
  for (const folder of await sortedNames(dir, (entry) => entry.isDirectory() && entry.name.length === 2)) {
    if (folder < after.slice(0, 2)) continue
    for (const name of await sortedNames(join(dir, folder), (entry) => entry.isFile())) {
      const id = BlobId.safeParse(name)
      if (!id.success || name <= after) continue
      // Somebody may delete it meanwhile.
      const found = await stat(join(dir, folder, name)).catch(ifMissing)
      if (found !== null) yield { id: id.data, bytes: found.size, storedAt: Math.floor(found.mtimeMs) }
    }
  }
}

async function sortedNames(dir: string, isWanted: (entry: Dirent) => boolean): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true })
  return entries
    .filter(isWanted)
    .map(({ name }) => name)
    .sort()
}

/** All of the chunks in a new file, on the disk. */
async function write(path: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of chunks) {
      for (let written = 0; written < chunk.length;)
        written += (await file.write(chunk, written, chunk.length - written)).bytesWritten
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A rename is durable when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? new PalabreError('NOT_FOUND') : explained(error)
  }
}

async function sizeAt(path: string): Promise<number | null> {
  const found = await stat(path).catch(ifMissing)
  return found?.size ?? null
}

function ifMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw explained(error)
}

async function removeAbandoned(drafts: string, before: number): Promise<void> {
  for (const name of await readdir(drafts)) {
    const found = await stat(join(drafts, name)).catch(ifMissing)
    if (found !== null && found.mtimeMs < before) await rm(join(drafts, name), { force: true })
  }
}

function explained(error: unknown): unknown {
  return passing.has(codeOf(error)) ? new PalabreError('STORE_UNAVAILABLE', { cause: error }) : error
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'an unknown error'
}
