// Makes a backup: a copy of one instant of the store, the manifest that describes it, and the files that people sent, in
// one file that is there whole or not at all. Media are read after the store: what it names then is still there, but for
// what somebody has deleted meanwhile.
import { createHash } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  openSync,
  closeSync,
  fdatasyncSync,
  fsyncSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import type { Blobs } from '../blobs/port.ts'
import type { Custody } from '../store/port/custody.ts'
import { openDraft } from './drafts.ts'
import {
  manifestHashName,
  manifestHashText,
  manifestName,
  manifestOf,
  manifestText,
  type Manifest,
} from './manifest.ts'
import { writeMedia, type MediaCount } from './media.ts'
import { end, headerOf, paddingOf } from './tar.ts'

export interface BackupOptions {
  /** Opens where the files that people sent are; null leaves them to other means. */
  openMedia: (() => Promise<Blobs>) | null
  /** An absolute path; null writes to `out`. */
  to: string | null
  /** A file of that name is replaced. */
  overwrites: boolean
  signal: AbortSignal
  /** Of media nobody knows how many there will be: `total` is what has been written. */
  onProgress: (step: 'copy' | 'write' | 'media', done: number, total: number) => void
  /** Takes the bytes where there is no file; resolves when more can be taken. */
  out: (bytes: Buffer) => Promise<void>
}

export interface Written {
  manifest: Manifest
  /** Null: they are elsewhere. */
  media: MediaCount | null
}

/** @throws with one sentence; then nothing is left behind */
export async function writeBackup(custody: Custody, options: BackupOptions): Promise<Written> {
  const { to, signal, onProgress, openMedia } = options
  refuseToOverwrite(options)
  const draft = openDraft(to ?? join(tmpdir(), 'palabre-backup'))
  try {
    const createdAt = new Date()
    const store = join(draft.dir, 'store')
    const facts = await custody.take(store, {
      signal,
      onProgress: (done, total) => onProgress('copy', done, total),
    })
    const bytes = statSync(store).size
    const sha256 = await hashOf(store, signal)
    const manifest = manifestOf(
      facts,
      createdAt,
      { bytes, sha256 },
      openMedia === null ? 'elsewhere' : 'included',
    )
    const made = join(draft.dir, 'backup.tar')
    const output = to === null ? streamTo(options.out) : fileAt(made)
    let media: MediaCount | null = null
    try {
      media = await write(manifest, store, output.put, options)
      output.finish()
    } finally {
      output.close()
    }
    if (to !== null) {
      refuseToOverwrite(options)
      draft.finish(made, to)
    }
    return { manifest, media }
  } finally {
    draft.discard()
  }
}

function refuseToOverwrite({ to, overwrites }: BackupOptions): void {
  if (to !== null && !overwrites && existsSync(to))
    throw new Error(`${to} is there already: choose another name, or say --force`)
}

interface Output {
  put: (bytes: Buffer) => Promise<void>
  /** All of it is where it should be. */
  finish(): void
  close(): void
}

/** On the disk before more is written: much at once would make a server's commits wait for it. */
const syncEveryBytes = 4 * 1_024 * 1_024

function fileAt(path: string): Output {
  const opened = openSync(path, 'wx', 0o600)
  let unsynced = 0
  return {
    async put(bytes) {
      for (let written = 0; written < bytes.length;) written += writeSync(opened, bytes, written)
      unsynced += bytes.length
      if (unsynced < syncEveryBytes) return
      fdatasyncSync(opened)
      unsynced = 0
    },
    finish() {
      fsyncSync(opened)
    },
    close() {
      closeSync(opened)
    },
  }
}

function streamTo(out: BackupOptions['out']): Output {
  return { put: out, finish: () => undefined, close: () => undefined }
}

async function write(
  manifest: Manifest,
  store: string,
  put: Output['put'],
  { signal, onProgress, openMedia }: BackupOptions,
): Promise<MediaCount | null> {
  const modifiedAt = Math.floor(Date.parse(manifest.createdAt) / 1_000)
  const text = manifestText(manifest)
  for (const [name, content] of [
    [manifestName, text],
    [manifestHashName, manifestHashText(text)],
  ] as const) {
    await put(headerOf({ name, size: content.length, modifiedAt }))
    await put(content)
    await put(paddingOf(content.length))
  }
  const { bytes, name } = manifest.store
  await put(headerOf({ name, size: bytes, modifiedAt }))
  let written = 0
  for await (const chunk of chunksOf(store)) {
    signal.throwIfAborted()
    await put(chunk)
    written += chunk.length
    onProgress('write', written, bytes)
  }
  await put(paddingOf(bytes))
  let media: MediaCount | null = null
  if (openMedia !== null) {
    const blobs = await openMedia()
    try {
      const onFile = (files: number) => onProgress('media', files, files)
      media = await writeMedia(blobs, { modifiedAt, put, signal, onProgress: onFile })
    } finally {
      await blobs.close()
    }
  }
  await put(end)
  return media
}

async function hashOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of chunksOf(path)) {
    signal.throwIfAborted()
    hash.update(chunk)
  }
  return hash.digest('hex')
}

/** Large enough that reading is no work, small enough to stop between two. */
const chunkBytes = 1_024 * 1_024

function chunksOf(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: chunkBytes })
}
