// What a person has cleared, or deleted for themselves (KEEP-6, KEEP-8), or was not to be told (BLK-2), for counting what is
// unread; and where that mentions them (MEN-1), which is derived from the log, so that sending writes nothing for it. What
// is read is left out by `core/visibility.ts`.
import type { Db } from 'mongodb'
import { keptPrefix, limits, type ConversationId, type Silence, type UserId } from '@palabre/protocol'
import { entriesUnder } from './account.ts'
import { keyOf, messagesOf } from './rows.ts'

export interface Unseen {
  clearedSeq: number
  /** The messages' `_id`, and their places. */
  hidden: { _id: string; seq: number }[]
  silences: readonly Silence[]
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
    if (value === null || !('clearedSeq' in value || 'hiddenSeq' in value || 'silences' in value)) continue
    const one = unseen.get(conversationId) ?? { clearedSeq: 0, hidden: [], silences: [] }
    unseen.set(conversationId, one)
    if ('clearedSeq' in value) one.clearedSeq = value.clearedSeq
    else if ('silences' in value) one.silences = value.silences
    else if (id !== undefined)
      one.hidden.push({ _id: keyOf(conversationId, id as Parameters<typeof keyOf>[1]), seq: value.hiddenSeq })
  }
  return unseen
}

/** Of one conversation, above a place: where to count from, and which not to count. */
export function countedFrom(unseen: Unseen | undefined, seq: number) {
  const from = Math.max(seq, unseen?.clearedSeq ?? 0)
  const hidden = (unseen?.hidden ?? []).filter((one) => one.seq > from).map(({ _id }) => _id)
  const silences = (unseen?.silences ?? []).map(([first, last]) => ({
    seq: { $gte: first, ...(last !== null && { $lte: last }) },
  }))
  return {
    seq: { $gt: from },
    ...(hidden.length > 0 && { _id: { $nin: hidden } }),
    ...(silences.length > 0 && { $nor: silences }),
  }
}

/** Conversations that are looked through at once. */
const askedAtOnce = 64

export interface UnreadPlace {
  conversationId: ConversationId
  /** Up to here it is read. */
  seq: number
}

/** By conversation, those of them where there are any; as `LogStore.mentions`. */
export async function mentionsIn(
  db: Db,
  userId: UserId,
  places: readonly UnreadPlace[],
  { unseen, now }: { unseen: ReadonlyMap<ConversationId, Unseen>; now: number },
): Promise<Map<ConversationId, number[]>> {
  const mentions = new Map<ConversationId, number[]>()
  for (let at = 0; at < places.length; at += askedAtOnce) {
    const above = places.slice(at, at + askedAtOnce).map(({ conversationId, seq }) => ({
      conversationId: { $eq: conversationId },
      ...countedFrom(unseen.get(conversationId), seq),
    }))
    const found = messagesOf(db).find(
      {
        $or: above,
        // Ids, as JSON text.
        mentions: { $regex: userId },
        senderId: { $ne: userId },
        deletedAt: { $eq: null },
        expiresAt: { $not: { $lte: now } },
      },
      { projection: { _id: 0, conversationId: 1, seq: 1 } },
    )
    for await (const { conversationId, seq } of found) {
      const seqs = mentions.get(conversationId) ?? []
      seqs.push(seq)
      mentions.set(conversationId, seqs)
    }
  }
  for (const [id, seqs] of mentions) {
    mentions.set(id, seqs.sort((a, b) => a - b).slice(0, limits.mentionsTold))
  }
  return mentions
}
