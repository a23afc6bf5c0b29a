// Digests over MongoDB (DIG-1, DIG-2). A commit writes one document, so none is kept in it: digests are computed from
// the log as it was at one `rev`, whatever is written meanwhile, because a message knows every rev it has had. Those of
// full blocks are remembered with that `rev`; of what changed later the log tells by its index of revs.
import type { Collection, Db } from 'mongodb'
import {
  addDigests,
  blockOf,
  digestOf,
  limits,
  seqsOfBlock,
  type BlockDigest,
  type ConversationId,
} from '@palabre/protocol'
import type { DigestDifference, DigestStore } from '../port/digests.ts'
import { instantOf, numbersAt, type Instant } from './instant.ts'
import { messagesOf, type MessageDocument } from './rows.ts'

/** Digests of full blocks, as they were at `rev`: never more than the log says, never needed. */
export interface MemoDocument {
  _id: ConversationId
  rev: number
  /** By the number of the block. */
  sealed: Record<string, number>
}

/** After so many changes what is remembered is not looked through any more, but begun again. */
const changesMax = 65_536

export function memosOf(db: Db): Collection<MemoDocument> {
  return db.collection<MemoDocument>('digests')
}

export function mongoDigests(db: Db): DigestStore {
  const memos = memosOf(db)
  const messages = messagesOf(db)

  /** The digests of full blocks that are remembered rightly for an instant. */
  async function remembered(id: ConversationId, { rev }: Instant, blocks: readonly number[] | null) {
    const fields = Object.fromEntries((blocks ?? []).map((block) => [`sealed.${block}`, 1]))
    const projection = blocks === null ? {} : { rev: 1, ...fields }
    const memo = await memos.findOne({ _id: { $eq: id } }, { projection })
    if (memo === null || rev - memo.rev > changesMax) return { memo, changed: new Set<number>(), isOld: true }
    // One of a later instant is right as well, but for what has changed in between.
    const changed = await changedBlocks(messages, id, Math.min(memo.rev, rev))
    return { memo, changed, isOld: false }
  }

  /** Remembers more. Somebody else who was faster remembers as well: then nothing is lost. */
  async function remember(
    id: ConversationId,
    { rev }: Instant,
    { memo, changed, isOld }: Awaited<ReturnType<typeof remembered>>,
    sealed: ReadonlyMap<number, number>,
  ): Promise<void> {
    if (sealed.size === 0 || (memo !== null && memo.rev > rev)) return
    if (memo === null || isOld) {
      const fresh = { rev, sealed: Object.fromEntries(sealed) }
      if (memo === null)
        await memos.updateOne({ _id: { $eq: id } }, { $setOnInsert: fresh }, { upsert: true })
      else await memos.updateOne({ _id: { $eq: id }, rev: { $eq: memo.rev } }, { $set: fresh })
      return
    }
    const forgotten = [...changed].filter((block) => !sealed.has(block))
    const set = [...sealed].map(([block, digest]) => [`sealed.${block}`, digest] as const)
    const unset = forgotten.map((block) => [`sealed.${block}`, 1] as const)
    await memos.updateOne(
      { _id: { $eq: id }, rev: { $eq: memo.rev } },
      {
        $set: { rev, ...Object.fromEntries(set) },
        ...(forgotten.length > 0 && { $unset: Object.fromEntries(unset) }),
      },
    )
  }

  /** What is remembered, compared with the log. */
  async function compare(id: ConversationId, instant: Instant) {
    const { memo, changed } = await remembered(id, instant, null)
    const log = await digestsOfLog(messages, id, instant, 1, instant.lastSeq)
    const sealed = new Map([...log].filter(([block]) => isFull(block, instant)))
    const differences: DigestDifference[] = []
    for (const [name, kept] of Object.entries(memo?.sealed ?? {})) {
      const block = Number(name)
      const is = sealed.get(block) ?? null
      if (!changed.has(block) && kept !== is) differences.push({ block, kept, log: is })
    }
    return { differences: differences.sort((a, b) => a.block - b.block), sealed }
  }

  return {
    async of(id, { from: first, before, limit }) {
      const instant = await instantOf(messages, id)
      if (instant === null) return null
      const { rev, lastSeq } = instant
      const from = Math.max(1, first)
      const last = Math.min(lastSeq, (before ?? Infinity) - 1)
      if (from > last) return { rev, lastSeq, blocks: [], hasBefore: false }
      const newest = blockOf(last)
      const oldest = Math.max(blockOf(from), newest - limit + 1)
      const parts = partsOf(from, last, oldest, newest)
      const full = parts.filter((part) => part.isWhole && isFull(part.block, instant))
      const held = await remembered(
        id,
        instant,
        full.map(({ block }) => block),
      )
      const digests = new Map<number, number>()
      for (const { block } of full) {
        const digest = held.isOld || held.changed.has(block) ? undefined : held.memo?.sealed[block]
        if (digest !== undefined) digests.set(block, digest)
      }
      const missing = parts.filter(({ block }) => !digests.has(block))
      for (const run of runsOf(missing)) {
        const computed = await digestsOfLog(messages, id, instant, run.from, run.to)
        for (const [block, digest] of computed) digests.set(block, digest)
      }
      const learnt = missing.filter((part) => full.includes(part))
      await remember(id, instant, held, new Map(learnt.map(({ block }) => [block, digests.get(block) ?? 0])))
      const blocks = parts.map(({ block, from, to }): BlockDigest => ({
        from,
        to,
        digest: digests.get(block) ?? 0,
      }))
      return { rev, lastSeq, blocks, hasBefore: oldest > blockOf(from) }
    },
    async differences(id) {
      const instant = await instantOf(messages, id)
      return instant === null ? [] : (await compare(id, instant)).differences
    },
    async rebuild(id) {
      const instant = await instantOf(messages, id)
      if (instant === null) return []
      const { differences, sealed } = await compare(id, instant)
      const memo = { rev: instant.rev, sealed: Object.fromEntries(sealed) }
      await memos.updateOne({ _id: { $eq: id } }, { $set: memo }, { upsert: true })
      return differences
    },
  }
}

/** Blocks with messages that changed, or came, after `rev`. */
async function changedBlocks(
  messages: Collection<MessageDocument>,
  conversationId: ConversationId,
  rev: number,
): Promise<Set<number>> {
  const block = { $floor: { $divide: [{ $subtract: ['$seq', 1] }, limits.digestBlock] } }
  const found = messages.aggregate<{ _id: number }>([
    { $match: { conversationId: { $eq: conversationId }, rev: { $gt: rev } } },
    { $group: { _id: block } },
  ])
  return new Set((await found.toArray()).map(({ _id }) => _id))
}

/** By block, of the messages `from ≤ seq ≤ to`, as they were at the instant. */
async function digestsOfLog(
  messages: Collection<MessageDocument>,
  conversationId: ConversationId,
  { rev: at }: Instant,
  from: number,
  to: number,
): Promise<Map<number, number>> {
  const found = messages.find(
    { conversationId: { $eq: conversationId }, seq: { $gte: from, $lte: to } },
    { projection: { _id: 0, seq: 1, id: 1, rev: 1, revs: 1, bodyRev: 1, changes: 1 }, sort: { seq: 1 } },
  )
  const digests = new Map<number, number>()
  for await (const message of found) {
    const then = numbersAt(message, at)
    if (then === null) continue
    const block = blockOf(message.seq)
    digests.set(block, addDigests(digests.get(block) ?? 0, digestOf({ ...message, rev: then.rev })))
  }
  return digests
}

interface Part {
  block: number
  from: number
  to: number
  isWhole: boolean
}

function partsOf(from: number, last: number, oldest: number, newest: number): Part[] {
  return Array.from({ length: newest - oldest + 1 }, (_, at) => {
    const block = oldest + at
    const whole = seqsOfBlock(block)
    const part = { from: Math.max(from, whole.from), to: Math.min(last, whole.to) }
    return { block, ...part, isWhole: part.from === whole.from && part.to === whole.to }
  })
}

/** Neighbours are read at once. */
function runsOf(parts: readonly Part[]): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = []
  for (const { from, to } of parts) {
    const run = runs.at(-1)
    if (run?.to === from - 1) run.to = to
    else runs.push({ from, to })
  }
  return runs
}

function isFull(block: number, { lastSeq }: Instant): boolean {
  return seqsOfBlock(block).to <= lastSeq
}
