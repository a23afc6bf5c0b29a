// One state of a conversation, read while others write. A message knows every rev it has had, so what it was by its
// numbers when the conversation was at some `rev` can be told later. What it said then cannot: of a message that was
// changed since, the later words stand with the earlier numbers.
import type { Collection } from 'mongodb'
import type { ConversationId } from '@palabre/protocol'
import { fold, type Folded } from './heads.ts'
import type { MessageDocument } from './rows.ts'

export interface Instant {
  rev: number
  lastSeq: number
  /** When its last message was made. */
  activeAt: number
}

/** Numbers of a message. */
export interface Numbers {
  rev: number
  bodyRev: number
  changes: number
  revs: number[]
}

/** The newest state of a log; null when there is none. */
export async function instantOf(
  messages: Collection<MessageDocument>,
  conversationId: ConversationId,
): Promise<Instant | null> {
  const ofIt = { conversationId: { $eq: conversationId } }
  const newest = await messages.findOne(ofIt, { sort: { rev: -1 }, projection: { rev: 1 } })
  if (newest === null) return null
  // Messages that came since do not belong to it.
  const last = await messages.findOne(
    { ...ofIt, 'revs.0': { $lte: newest.rev } },
    { sort: { seq: -1 }, projection: { seq: 1, createdAt: 1 } },
  )
  return { rev: newest.rev, lastSeq: last?.seq ?? 0, activeAt: last?.createdAt ?? 0 }
}

/** The numbers that a message had when its conversation was at `rev`; null: it was not there yet. */
export function numbersAt(message: Numbers, rev: number): Numbers | null {
  if (message.rev <= rev) return message
  const revs = message.revs.filter((had) => had <= rev)
  const last = revs.at(-1)
  if (last === undefined) return null
  // Of a message that came from an engine that keeps the first and the last only, those between are not there.
  const changes = message.changes - (message.revs.length - revs.length)
  return { rev: last, bodyRev: Math.min(message.bodyRev, last), changes, revs }
}

/** Header and members as the system messages up to the instant make them; null when there are none. */
export async function foldedAt(
  messages: Collection<MessageDocument>,
  conversationId: ConversationId,
  { lastSeq }: Instant,
): Promise<Folded | null> {
  const rows = messages
    .find({ conversationId: { $eq: conversationId }, kind: { $eq: 'system' }, seq: { $lte: lastSeq } })
    .sort({ seq: 1 })
  let folded: Folded | null = null
  for await (const row of rows) folded = fold(conversationId, folded, row)
  return folded
}
