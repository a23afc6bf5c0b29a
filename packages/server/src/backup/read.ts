// Reads a backup and believes nothing: the order and names of its parts, their sizes, their hashes. Only the part
// that is the store is written anywhere, to a place that the caller names.
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import {
  manifestHashName,
  manifestMaxBytes,
  manifestName,
  parseManifest,
  type Manifest,
  type Part,
} from './manifest.ts'
import { readTar, type TarReader } from './tar.ts'

export interface ReadOptions {
  /** Where the store's copy goes; a new file. */
  storeTo: string
  signal: AbortSignal
  onProgress: (done: number, total: number) => void
}

/** Takes the backup apart. @throws with one sentence when anything in it is not as it was written */
export async function readBackup(
  input: AsyncIterable<Buffer>,
  { storeTo, signal, onProgress }: ReadOptions,
): Promise<Manifest> {
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
  if ((await tar.next()) !== null) throw new Error('it holds more than its manifest says')
  return manifest
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
