// Reads a backup and believes nothing: the order and names of its parts, their sizes, their hashes. The part that is the
// store is written to a place that the caller names, and files that people sent go where blobs are kept.
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import type { Blob, Blobs } from '../blobs/port.ts'
import {
  manifestHashName,
  manifestMaxBytes,
  manifestName,
  parseManifest,
  type Manifest,
  type Part,
} from './manifest.ts'
import { readMedia, type MediaCount } from './media.ts'
import { readTar, type TarReader } from './tar.ts'

export interface ReadOptions {
  /** Where the store's copy goes; a new file. */
  storeTo: string
  /** Where the files that people sent go; null: they are only looked at. */
  blobsTo: Blobs | null
  signal: AbortSignal
  onProgress: (done: number, total: number) => void
  /** Each file that people sent, as it has been found whole. */
  onFile: (blob: Blob, files: number) => void
}

export interface ReadBack {
  manifest: Manifest
  /** Null: there are none in it. */
  media: MediaCount | null
}

/** Takes the backup apart. @throws with one sentence when anything in it is not as it was written */
export async function readBackup(
  input: AsyncIterable<Buffer>,
  { storeTo, blobsTo, signal, onProgress, onFile }: ReadOptions,
): Promise<ReadBack> {
  const tar = readTar(input)
  const text = await smallPart(tar, manifestName, manifestMaxBytes)
  const hash = await smallPart(tar, manifestHashName, 1_024)
  const manifest = parseManifest(text, hash)
  const entry = await tar.next()
  if (entry?.name !== manifest.store.name || entry.size !== manifest.store.bytes)
    throw unexpected(manifest.store.name)
  await keep(tar.body(), manifest.store, storeTo, (done) => {
    signal.throwIfAborted()
    onProgress(done, manifest.store.bytes)
  })
  const media = manifest.media === 'included' ? await readMedia(tar, { to: blobsTo, signal, onFile }) : null
  if ((await tar.next()) !== null) throw new Error('it holds more than its manifest says')
  return { manifest, media }
}

async function smallPart(tar: TarReader, name: string, maxBytes: number): Promise<Buffer> {
  const entry = await tar.next()
  if (entry?.name !== name || entry.size > maxBytes) throw unexpected(name)
  const parts: Buffer[] = []
  for await (const chunk of tar.body()) parts.push(chunk)
  return Buffer.concat(parts)
}

async function keep(
  body: AsyncIterable<Buffer>,
  { name, sha256 }: Part,
  path: string,
  wrote: (bytes: number) => void,
): Promise<void> {
  const hash = createHash('sha256')
  const opened = openSync(path, 'wx', 0o600)
  try {
    let done = 0
    for await (const chunk of body) {
      hash.update(chunk)
      for (let written = 0; written < chunk.length;) written += writeSync(opened, chunk, written)
      done += chunk.length
      wrote(done)
    }
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
  if (hash.digest('hex') !== sha256)
    throw new Error(`${name} in it is damaged: its hash is not the one written down`)
}

function unexpected(name: string): Error {
  return new Error(`it is no backup of ours, or damaged: ${name} is not where it should be`)
}
