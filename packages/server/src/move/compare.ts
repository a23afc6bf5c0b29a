// Whether two stores hold the same, record by record and digest by digest, reading both once and side by side. What
// differs is named by ids and fields: what people wrote is not for a screen.
import { isDeepStrictEqual } from 'node:util'
import type { HeldDigests } from '../store/port/examine.ts'
import { placeOf, type TransferReading, type TransferRecord } from '../store/port/transfer.ts'
import { createInspector } from './inspect.ts'

export interface Comparison {
  /** The first ones, in sentences; empty: they are the same, and nothing is wrong with them. */
  differences: string[]
  records: number
  /** Whose digests were computed on both sides. */
  blocks: number
}

export interface CompareOptions {
  signal?: AbortSignal | undefined
  onProgress?: (records: number) => void
}

/** Differences that are told; more say nothing new. */
const toldMax = 10
/** Records between two looks at whether to go on. */
const breathEvery = 2_000

export async function compareStores(
  source: TransferReading,
  target: TransferReading,
  { signal, onProgress }: CompareOptions = {},
): Promise<Comparison> {
  const differences: string[] = []
  const sides = [follow(source), follow(target)] as const
  const inspectors = [createInspector(), createInspector()] as const
  let [records, blocks] = [0, 0]
  try {
    while (differences.length < toldMax) {
      const [is, has] = [await sides[0].next(), await sides[1].next()]
      if (is === null && has === null) break
      if (is === null || has === null || !isDeepStrictEqual(placeOf(is), placeOf(has))) {
        differences.push(outOfStep(is, has))
        break
      }
      records += 1
      if (!areSame(is, has)) differences.push(`${nameOf(is)} differs in ${fieldsOf(is, has).join(', ')}`)
      const [should, found] = [inspectors[0].take(is), inspectors[1].take(has)]
      if (should !== null && found !== null) {
        differences.push(...found.findings)
        blocks += should.digests?.sealed.size ?? 0
        if (!haveSameDigests(should.digests, found.digests))
          differences.push(`conversation ${found.conversationId}: its digests differ`)
      }
      if (records % breathEvery !== 0) continue
      signal?.throwIfAborted()
      onProgress?.(records)
    }
  } finally {
    await Promise.all(sides.map((side) => side.close()))
  }
  return { differences: differences.slice(0, toldMax), records, blocks }
}

interface Side {
  /** Null: no more. */
  next(): Promise<TransferRecord | null>
  close(): Promise<void>
}

function follow(reading: TransferReading): Side {
  const batches = reading.read()[Symbol.asyncIterator]()
  let batch: TransferRecord[] = []
  let at = 0
  return {
    async next() {
      if (at === batch.length) {
        const more = await batches.next()
        batch = more.done === true ? [] : more.value
        at = 0
      }
      const record = batch[at] ?? null
      if (record !== null) at += 1
      return record
    },
    async close() {
      await batches.return?.()
    },
  }
}

/** Where one engine does not keep all the revs that a message had, they are not compared. */
function comparable(record: TransferRecord, other: TransferRecord): TransferRecord {
  if (record.type !== 'message' || other.type !== 'message') return record
  return record.revs !== null && other.revs !== null ? record : { ...record, revs: null }
}

function areSame(one: TransferRecord, other: TransferRecord): boolean {
  const [a, b] = [comparable(one, other), comparable(other, one)]
  // The order of fields is nearly always the same, and text is compared much faster.
  return JSON.stringify(a) === JSON.stringify(b) || isDeepStrictEqual(a, b)
}

function fieldsOf(one: TransferRecord, other: TransferRecord): string[] {
  const [a, b] = [comparable(one, other), comparable(other, one)].map(
    (record) => record as Record<string, unknown>,
  )
  return Object.keys({ ...a, ...b }).filter((field) => !isDeepStrictEqual(a?.[field], b?.[field]))
}

function haveSameDigests(one: HeldDigests | null, other: HeldDigests | null): boolean {
  return isDeepStrictEqual(one, other)
}

function outOfStep(is: TransferRecord | null, has: TransferRecord | null): string {
  if (is === null) return has === null ? '' : `${nameOf(has)} is in the target only`
  return has === null
    ? `${nameOf(is)} is missing in the target`
    : `${nameOf(is)} of the source meets ${nameOf(has)} of the target`
}

function nameOf(record: TransferRecord): string {
  switch (record.type) {
    case 'message':
      return `message ${record.seq} of conversation ${record.conversationId}`
    case 'members':
      return `the list of members of conversation ${record.conversationId}`
    case 'seen':
      return `the last seen time of user ${record.userId}`
    case 'credentials':
      return `what user ${record.userId} is known by`
    case 'account':
      return `the account entry ${record.key} of user ${record.userId}`
    case 'ban':
      return `the removal of ${record.blobId}`
    case 'erasure':
      return `the ledger’s row of user ${record.userId}`
    case 'user':
    case 'session':
    case 'media':
    case 'audit':
    case 'invite':
    case 'report':
    case 'conversation':
      return `${record.type} ${record.id}`
  }
}
