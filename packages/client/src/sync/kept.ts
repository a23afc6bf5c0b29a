// What this person keeps for themselves (KEEP-1 … KEEP-9), as it is now: the account's log, with what still waits in the
// outbox laid over it by the same rule (KEEP-1). Here it is read, for lists, timelines and names; `features/keeping.ts` changes it.
import {
  hideMessage,
  isErased,
  isHidden,
  keptOf,
  nothingKept,
  scheduleOf,
  rulesOf,
  settleEntry,
  type AccountValue,
  type ConversationId,
  type DraftValue,
  type Kept,
  type KeepChange,
  type MessageId,
  type Rules,
  type User,
  type UserId,
  keyOfChange,
  peoplePrefix,
} from '@palabre/protocol'
import type { Observable, Scheduled } from '../api.ts'
import { createDerived } from '../observable.ts'
import type { OutboxEntry } from '../cache/port.ts'
import type { Replica } from './replica.ts'
import { withoutUnseen } from './unseen.ts'

/** Such changes have a lane of their own: no message waits for them, nor they for a film. */
export const keepingLane = 'keeping' as ConversationId

export interface KeptView {
  of(id: ConversationId): Kept
  draft(id: ConversationId): DraftValue | null
  isStarred(id: ConversationId, messageId: MessageId): boolean
  /** The same set until a star comes or goes. */
  readonly stars: Observable<ReadonlySet<string>>
  /** What waits to be sent later, and what was refused at its time. */
  readonly scheduled: Observable<readonly Scheduled[]>
  /** Whom they have blocked, who may see what, who waits for an answer; the same until one of it changes. */
  readonly rules: Observable<Rules>
  /** As this person calls them, or by their own name. */
  named(user: User): User
  /** The account, or what waits of it, has changed, or was read at the start: answers the conversations and people whose view it is. */
  changed(isStart: boolean): { conversations: Set<ConversationId>; users: Set<UserId> }
  /** Takes what is cleared or hidden out of what this device holds. */
  level(ids: Iterable<ConversationId>): void
}

interface All {
  kept: Map<ConversationId, Kept>
  drafts: Map<ConversationId, DraftValue>
  names: Map<UserId, string>
  stars: Set<string>
  scheduled: Scheduled[]
}

/** `entriesOf`: of the outbox. `erasedName`: what those are called whose account was deleted. */
export function createKept(
  replica: Replica,
  entriesOf: (id: ConversationId) => readonly OutboxEntry[],
  erasedName: () => string = () => '',
): KeptView {
  const pending = () => entriesOf(keepingLane).filter(({ failed }) => failed === null)
  let all: All | null = null
  let stored: ReadonlyMap<ConversationId, Kept> | null = null
  let stars = new Set<string>()
  const rulesView = createDerived(() => rulesOf(laidOver(replica.account.values(), pending())))
  const starsView = createDerived<ReadonlySet<string>>(() => now().stars)
  const scheduledView = createDerived<readonly Scheduled[]>(() => now().scheduled)
  let told = new Map<string, string>()

  function now(): All {
    if (all !== null) return all
    all = gather(laidOver(replica.account.values(), pending()))
    if (all.stars.size === stars.size && [...all.stars].every((star) => stars.has(star))) all.stars = stars
    stars = all.stars
    return all
  }

  function held(): ReadonlyMap<ConversationId, Kept> {
    return (stored ??= gather(replica.account.values()).kept)
  }

  /** What was deleted for oneself may lie in the cache below the window. */
  async function blankInCache(key: string, value: AccountValue | null): Promise<void> {
    if (value === null || !('hiddenSeq' in value)) return
    const [, conversationId, , messageId] = key.split(':')
    await replica
      .inCache(async (cache) => {
        const [held] = await cache.messages(conversationId as ConversationId, value.hiddenSeq + 1, 1)
        if (held?.id === messageId && held && !isHidden(held))
          await cache.write({ messages: [hideMessage(held)] })
      })
      .catch(() => undefined)
  }

  return {
    of: (id) => now().kept.get(id) ?? nothingKept,
    draft: (id) => now().drafts.get(id) ?? null,
    isStarred: (id, messageId) => now().stars.has(`${id}:${messageId}`),
    stars: starsView,
    scheduled: scheduledView,
    rules: rulesView,
    named(user) {
      // Whatever one called them.
      if (isErased(user)) return { ...user, displayName: erasedName() }
      const name = now().names.get(user.id)
      return name === undefined ? user : { ...user, displayName: name }
    },
    changed(isStart) {
      all = null
      stored = null
      starsView.invalidate()
      scheduledView.invalidate()
      const next = new Map(
        [...laidOver(replica.account.values(), pending())].map(({ key, value }) => [
          key,
          JSON.stringify(value),
        ]),
      )
      const keys = [...new Set([...told.keys(), ...next.keys()])].filter(
        (key) => told.get(key) !== next.get(key),
      )
      for (const key of keys) if (!isStart) void blankInCache(key, replica.account.get(key)?.value ?? null)
      told = next
      if (keys.some((key) => key.startsWith(peoplePrefix))) rulesView.invalidate()
      const conversations = new Set<ConversationId>()
      const users = new Set<UserId>()
      for (const key of keys) {
        const [kind, id] = key.split(':')
        if (kind === 'people') continue
        if (kind === 'contact') users.add(id as UserId)
        else conversations.add(id as ConversationId)
      }
      return { conversations, users }
    },
    level(ids) {
      const me = replica.me()
      if (me === null || held().size === 0) return
      for (const id of ids) {
        const [timeline, kept] = [replica.timelines.get(id), held().get(id)]
        const step = timeline && kept ? withoutUnseen(timeline, kept, me.id) : null
        if (step) replica.commit(new Map([[id, step]]))
      }
    },
  }
}

interface Entry {
  key: string
  value: AccountValue | null
}

/** What is stored, with what waits. */
function laidOver(stored: Iterable<Entry>, pending: readonly OutboxEntry[]): Iterable<Entry> {
  if (pending.length === 0) return stored
  const entries = new Map([...stored].map((entry) => [entry.key, entry]))
  for (const { operation } of pending) {
    if (operation.name !== 'keep') continue
    const key = keyOfChange(operation.input.change as KeepChange)
    const before = entries.get(key)?.value ?? null
    const value = settleEntry(before, valueOf(operation.input.change as KeepChange, before))
    entries.set(key, { key, value })
  }
  return entries.values()
}

/** The value that the server will make of a change. */
function valueOf(change: KeepChange, before: AccountValue | null): AccountValue | null {
  const { at } = change
  switch (change.keep) {
    case 'pin':
      return { at, isPinned: change.isPinned }
    case 'mute':
      return { at, mutedUntil: change.mutedUntil }
    case 'archive':
      return { at, archivedSeq: change.seq }
    case 'unread':
      return { at, isMarkedUnread: change.isMarkedUnread }
    case 'draft':
      return { at, text: change.text, replyTo: change.replyTo }
    case 'clear':
      return { at, clearedSeq: change.seq, isDeleted: change.isDeleted }
    case 'star':
      return { at, isStarred: change.isStarred, sentAt: 0 }
    case 'schedule':
      return scheduleOf(change)
    case 'hide':
      return { at, hiddenSeq: 0 }
    case 'block':
      return { at, isBlocked: change.isBlocked, frozen: null }
    case 'privacy':
      return { at, who: change.who }
    case 'accept':
      return before && 'isAnswered' in before ? { ...before, at, isAnswered: true } : before
    case 'notice':
      return before && 'notice' in before ? { ...before, at: Math.max(at, before.at), isRead: true } : before
    case 'name': {
      const addedAt = before && 'addedAt' in before ? before.addedAt : at
      return { userId: change.userId, addedAt, at, ...(change.name !== null && { name: change.name }) }
    }
  }
}

/** One pass over all entries. */
function gather(entries: Iterable<Entry>): All {
  const all: All = { kept: new Map(), drafts: new Map(), names: new Map(), stars: new Set(), scheduled: [] }
  const ofConversations = new Map<ConversationId, Entry[]>()
  for (const entry of entries) {
    const { key, value } = entry
    if (value === null) continue
    const [kind, id = '', messageId] = key.split(':')
    if (kind === 'conversation') {
      const others = ofConversations.get(id as ConversationId)
      if (others) others.push(entry)
      else ofConversations.set(id as ConversationId, [entry])
    } else if ('sendAt' in value) {
      if (value.sendAt !== null || value.failed !== null)
        all.scheduled.push({ ...value, conversationId: id as ConversationId, id: messageId as MessageId })
    } else if ('text' in value) {
      if (value.text !== '' || value.replyTo !== null) all.drafts.set(id as ConversationId, value)
    } else if ('isStarred' in value) {
      if (value.isStarred) all.stars.add(`${id}:${messageId ?? ''}`)
    } else if ('addedAt' in value && value.name !== undefined) all.names.set(id as UserId, value.name)
  }
  for (const [id, list] of ofConversations) all.kept.set(id, keptOf(id, list))
  return all
}
