// The file of a copy: a first line that says what it is, a record of `port/transfer.ts` on each line, and a last line with
// what is in it, by which one that was cut off is known. The first line has a fixed length, so that a copy can be given
// another epoch where it lies. What is read is believed as little as anything else that comes from outside.
import { closeSync, createReadStream, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { z } from 'zod'
import type { SnapshotFacts } from '../../port/custody.ts'
import { transferFormat, TransferRecord } from '../../port/transfer.ts'
import { schema } from '../meta.ts'

const First = z.strictObject({
  palabre: z.literal('store'),
  engine: z.literal('mongo'),
  records: z.int().positive(),
  schema: z.int().positive(),
  epoch: z.string().min(1).max(64),
})
const Last = z.strictObject({
  type: z.literal('end'),
  counts: z.strictObject({
    users: z.int().nonnegative(),
    conversations: z.int().nonnegative(),
    messages: z.int().nonnegative(),
  }),
})
export type CopyCounts = z.infer<typeof Last>['counts']

/** Of the first line, with its end. */
const firstBytes = 256
/** Far above the largest record: a group with all its members. */
const lineMaxBytes = 16 * 1_024 * 1_024
/** Written at once. */
const chunkBytes = 1_024 * 1_024
/** Enough for the last line. */
const lastBytes = 1_024

export interface CopyWriter {
  write(records: readonly TransferRecord[]): void
  /** The file is whole and on the disk. */
  finish(counts: CopyCounts): void
  close(): void
}

/** A new file, for its owner only. */
export function writeCopy(file: string, epoch: string): CopyWriter {
  const opened = openSync(file, 'wx', 0o600)
  let held: string[] = [firstLine(epoch)]
  let size = 0

  function flush(): void {
    const bytes = Buffer.from(held.join(''))
    for (let written = 0; written < bytes.length;) written += writeSync(opened, bytes, written)
    held = []
    size = 0
  }

  return {
    write(records) {
      for (const record of records) {
        const line = `${JSON.stringify(record)}\n`
        held.push(line)
        size += line.length
        if (size >= chunkBytes) flush()
      }
    },
    finish(counts) {
      held.push(`${JSON.stringify({ type: 'end', counts } satisfies z.infer<typeof Last>)}\n`)
      flush()
      fsyncSync(opened)
    },
    close() {
      closeSync(opened)
    },
  }
}

/** @throws when it is no copy of ours, is cut off, or a newer program's */
export function factsOfCopy(file: string): SnapshotFacts {
  const first = First.safeParse(json(part(file, 0, firstBytes)))
  if (!first.success) throw new Error('it is not a copy of a store by this program')
  if (first.data.schema > schema || first.data.records > transferFormat)
    throw new Error('it was made by a newer program: use that one')
  const { size } = statSync(file)
  const tail = part(file, Math.max(firstBytes, size - lastBytes), lastBytes)
  const last = Last.safeParse(json(tail.trimEnd().split('\n').at(-1) ?? ''))
  if (!last.success || !tail.endsWith('\n')) throw new Error('it was cut off')
  const { epoch } = first.data
  return { engine: 'mongo', schema: first.data.schema, epoch, counts: last.data.counts }
}

/** Gives a copy another epoch. */
export function renewCopy(file: string, epoch: string): void {
  factsOfCopy(file)
  const opened = openSync(file, 'r+')
  try {
    writeSync(opened, firstLine(epoch), 0)
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/** Every record of a copy. @throws when one is none, or their number is not the one written down */
export async function* readCopy(file: string): AsyncIterable<TransferRecord> {
  const { counts } = factsOfCopy(file)
  const seen = { users: 0, conversations: 0, messages: 0 }
  const counted = { user: 'users', conversation: 'conversations', message: 'messages' } as const
  let isOver = false
  for await (const line of linesOf(file, firstBytes)) {
    const content = json(line)
    if (isOver) throw new Error('something follows its end')
    if (Last.safeParse(content).success) {
      isOver = true
      continue
    }
    const record = TransferRecord.safeParse(content)
    if (!record.success) throw new Error('it holds something that is no record of this program')
    const { type } = record.data
    if (type in counted) seen[counted[type as keyof typeof counted]] += 1
    yield record.data
  }
  if (!isOver || Object.entries(counts).some(([name, count]) => seen[name as keyof typeof seen] !== count))
    throw new Error('it holds more or less than it says')
}

function firstLine(epoch: string): string {
  const first: z.infer<typeof First> = {
    palabre: 'store',
    engine: 'mongo',
    records: transferFormat,
    schema,
    epoch,
  }
  return `${JSON.stringify(first).padEnd(firstBytes - 1)}\n`
}

async function* linesOf(file: string, start: number): AsyncIterable<string> {
  let rest = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, {
    start,
    highWaterMark: chunkBytes,
  }) as AsyncIterable<Buffer>) {
    let held = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (let end = held.indexOf(10); end >= 0; end = held.indexOf(10)) {
      yield held.toString('utf8', 0, end)
      held = held.subarray(end + 1)
    }
    if (held.length > lineMaxBytes) throw new Error('it holds a line that is too long')
    rest = Buffer.from(held)
  }
  if (rest.length > 0) throw new Error('it was cut off')
}

function part(file: string, from: number, bytes: number): string {
  const opened = openSync(file, 'r')
  try {
    const buffer = Buffer.alloc(bytes)
    return buffer.toString('utf8', 0, readSync(opened, buffer, 0, bytes, from))
  } finally {
    closeSync(opened)
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}
