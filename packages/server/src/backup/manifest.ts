// What a backup says of itself: the first file in it, in JSON, with the hash of every other part. Its own hash is
// the file after it, as `sha256sum -c` reads it.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Engine, SnapshotFacts } from '../store/port/custody.ts'

/** Of the format of the file, not of the store in it. One more: a reader of the old one cannot read it. */
const formatVersion = 2
export const manifestName = 'manifest.json'
export const manifestHashName = 'manifest.json.sha256'
/** A database of SQLite, or a record a line (`store/port/transfer.ts`). */
export const storeNames = { sqlite: 'store.db', mongo: 'store.jsonl' } as const satisfies Record<
  Engine,
  string
>
export const manifestMaxBytes = 1_024 * 1_024

const Part = z.strictObject({
  name: z.string(),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/u),
})
export type Part = z.infer<typeof Part>

const Manifest = z
  .strictObject({
    format: z.literal('palabre-backup'),
    formatVersion: z.union([z.literal(1), z.literal(formatVersion)]),
    /** When the copy was begun, in ISO 8601. */
    createdAt: z.iso.datetime(),
    engine: z.enum(['sqlite', 'mongo']),
    schema: z.int().positive(),
    /** Of the store that was copied. A restore makes a new one (SYNC-7). */
    epoch: z.string().min(1),
    counts: z.strictObject({
      users: z.int().nonnegative(),
      conversations: z.int().nonnegative(),
      messages: z.int().nonnegative(),
    }),
    store: Part,
    /**
     * Files that people sent: behind the store, each under its hash, and a list of them at the end; or kept by other
     * means. The first format had an empty list here, and none of them.
     */
    media: z.union([z.enum(['included', 'elsewhere']), z.array(Part).max(0)]),
  })
  .refine(({ formatVersion: version, media }) => Array.isArray(media) === (version === 1))
  .refine(({ engine, store }) => store.name === storeNames[engine])
export type Manifest = z.infer<typeof Manifest>

export function manifestOf(
  facts: SnapshotFacts,
  createdAt: Date,
  store: Omit<Part, 'name'>,
  media: 'included' | 'elsewhere',
): Manifest {
  return {
    format: 'palabre-backup',
    formatVersion,
    createdAt: createdAt.toISOString(),
    ...facts,
    store: { name: storeNames[facts.engine], ...store },
    media,
  }
}

export function manifestText(manifest: Manifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
}

export function manifestHashText(text: Buffer): Buffer {
  return Buffer.from(`${sha256(text)}  ${manifestName}\n`)
}

/** @throws with what is wrong with it */
export function parseManifest(text: Buffer, hash: Buffer): Manifest {
  if (!manifestHashText(text).equals(hash)) throw new Error('its manifest is damaged')
  const content = contentOf(text)
  const version = z.looseObject({ formatVersion: z.int() }).safeParse(content)
  if (version.success && version.data.formatVersion > formatVersion)
    throw new Error('it was made by a newer program: use that one')
  const parsed = Manifest.safeParse(content)
  if (!parsed.success) throw new Error('its manifest is not one that this program writes')
  return parsed.data
}

function contentOf(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'))
  } catch {
    return null
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
