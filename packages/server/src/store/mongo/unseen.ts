// What a person has cleared, or deleted for themselves (KEEP-6, KEEP-8), for counting what is unread. What is read is left
// out by `core/visibility.ts`.
import type { Db } from 'mongodb'
import { keptPrefix, type ConversationId, type UserId } from '@palabre/protocol'
import { entriesUnder } from './account.ts'
import { keyOf } from './rows.ts'

export interface Unseen {
  clearedSeq: number
  /** The messages' `_id`, and their places. */
  hidden: { _id: string; seq: number }[]
}

/** By conversation; those of `ids` of which there is anything. */
export async function unseenOf(
  db: Db,
  userId: UserId,
  ids: readonly ConversationId[],
): Promise<Map<ConversationId, Unseen>> {
  const [only] = ids
  const isOne = ids.length === 1 && only !== undefined
  const unseen = new Map<ConversationId, Unseen>()
  for (const { key, value } of await entriesUnder(db, userId, isOne ? keptPrefix(only) : 'conversation:')) {
    const [, conversationId, , id] = key.split(':') as [string, ConversationId, string, string?]
    if (value === null || !('clearedSeq' in value || 'hiddenSeq' in value)) continue
    const one = unseen.get(conversationId) ?? { clearedSeq: 0, hidden: [] }
    unseen.set(conversationId, one)
    if ('clearedSeq' in value) one.clearedSeq = value.clearedSeq
    else if (id !== undefined)
      one.hidden.push({ _id: keyOf(conversationId, id as Parameters<typeof keyOf>[1]), seq: value.hiddenSeq })
  }
  return unseen
}

/** Of one conversation, above a place: where to count from, and which not to count. */
export function countedFrom(unseen: Unseen | undefined, seq: number) {
  const from = Math.max(seq, unseen?.clearedSeq ?? 0)
  const hidden = (unseen?.hidden ?? []).filter((one) => one.seq > from).map(({ _id }) => _id)
  return { seq: { $gt: from }, ...(hidden.length > 0 && { _id: { $nin: hidden } }) }
}
