// PURE: what another tab has written to the cache that both share, put into what this tab holds in memory. Writes may
// come twice, or be in what was read already: data goes by the highest rev, the rest is replaced by the later write.
import type { ConversationId, Message, UserId } from '@palabre/protocol'
import type { CachedConversation, CacheWrite } from '../cache/port.ts'
import type { Held, Kept, Touched } from '../sync/replica.ts'
import { isBelow, type Timeline } from '../sync/timeline.ts'

/** Applies it; answers what it touched. */
export function take(held: Held, { write, draft, pendingRead }: Kept): Partial<Touched> {
  const touched = write ? takeWrite(held, write) : { conversations: new Set<ConversationId>() }
  if (draft) {
    if (draft.text === '') held.drafts.delete(draft.id)
    else held.drafts.set(draft.id, draft.text)
    touched.conversations.add(draft.id)
  }
  if (pendingRead) {
    const { id, seq } = pendingRead
    const known = held.pendingReads.get(id) ?? 0
    const readSeq = held.timelines.get(id)?.conversation.me.readSeq ?? 0
    if (seq !== null) held.pendingReads.set(id, Math.max(seq, known))
    // What was read here meanwhile is on its way to the leader.
    else if (known <= readSeq) held.pendingReads.delete(id)
    touched.conversations.add(id)
  }
  return touched
}

function takeWrite(held: Held, write: CacheWrite) {
  const conversations = new Set<ConversationId>()
  if (write.clear === true) {
    const drafts = [...held.drafts]
    held.forget()
    for (const [id, text] of drafts) held.drafts.set(id, text)
  }
  if (write.meta) held.meta = { ...held.meta, ...write.meta }
  for (const id of write.removeConversations ?? []) {
    held.timelines.delete(id)
    held.drafts.delete(id)
    held.pendingReads.delete(id)
    conversations.add(id)
  }
  const messages = new Map<ConversationId, Message[]>()
  for (const message of write.messages ?? []) {
    const others = messages.get(message.conversationId)
    if (others) others.push(message)
    else messages.set(message.conversationId, [message])
  }
  const cached = new Map((write.conversations ?? []).map((one) => [one.id, one]))
  const dropped = new Set(write.dropMessagesOf)
  for (const id of new Set([...dropped, ...cached.keys(), ...messages.keys()])) {
    const next = afterWrite(held.timelines.get(id), cached.get(id), messages.get(id) ?? [], dropped.has(id))
    if (next) held.timelines.set(id, next)
    conversations.add(id)
  }
  for (const entry of write.account ?? []) {
    if (entry.value === null) held.account.delete(entry.key)
    else held.account.set(entry.key, entry)
  }
  const members = [...cached.values()].flatMap(({ conversation }) => conversation.members)
  const learned = held.learnUsers([...(write.users ?? []), ...members.map((member) => member.user)])
  return {
    conversations,
    users: new Set<UserId>(learned.map((user) => user.id)),
    account: write.account !== undefined,
    all: write.clear === true,
  }
}

/** A timeline after a write of the one that leads, whose window may be shorter or longer; null: it is not held. */
function afterWrite(
  timeline: Timeline | undefined,
  cached: CachedConversation | undefined,
  messages: readonly Message[],
  isDropped: boolean,
): Timeline | null {
  const header = cached && {
    conversation: cached.conversation,
    cursor: cached.cursor,
    hasBefore: cached.hasBefore,
  }
  if (!timeline || isDropped) {
    if (!header) return null
    const window = [...messages].sort((a, b) => a.seq - b.seq)
    const generation = (timeline?.generation ?? 0) + 1
    const hasBefore = header.hasBefore || (window.length > 0 && isBelow(header.conversation, window))
    return { ...header, hasBefore, messages: window, inCache: false, below: null, generation }
  }
  const window = new Map(timeline.messages.map((message) => [message.seq, message]))
  const floor = timeline.messages[0]?.seq
  const below = timeline.below ? new Map(timeline.below) : null
  let inCache = timeline.inCache
  for (const message of messages) {
    if (floor !== undefined && message.seq < floor) {
      inCache = true
      const kept = below?.get(message.id)
      if (!kept || kept.rev < message.rev) below?.set(message.id, message)
    } else if ((window.get(message.seq)?.rev ?? 0) < message.rev) window.set(message.seq, message)
  }
  return {
    ...timeline,
    ...header,
    messages: messages.length === 0 ? timeline.messages : [...window.values()].sort((a, b) => a.seq - b.seq),
    inCache,
    below,
  }
}
