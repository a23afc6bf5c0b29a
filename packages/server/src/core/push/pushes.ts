// Who is told of a message by push: the devices of members that nobody looks at (PUSH-1 … PUSH-6). A second listener of
// the log, after the commit and on the node that made it, so that each push is sent once; and of the marks, because what
// was read elsewhere is no news any more. Nothing waits for it: what cannot be pushed is found by whoever opens the app.
import {
  contactKey,
  isMutedAt,
  limits,
  type AccountEntry,
  type ConversationId,
  type Message,
  type MessageId,
  type PushTarget,
  type SessionId,
  type UserId,
} from '@palabre/protocol'
import type { Logger } from 'pino'
import type { Cluster } from '../../cluster/port.ts'
import type { PushAnswer, Pusher } from '../../pusher/port.ts'
import { directWith, type MemberRow } from '../../store/port/members.ts'
import type { PushedDevice } from '../../store/port/sessions.ts'
import type { Store } from '../../store/port/store.ts'
import { keptBy } from '../keeping.ts'
import type { Marks } from '../marks.ts'
import type { Memberships } from '../memberships.ts'
import type { PeopleRules } from '../people/rules.ts'
import { messageNote, pushOfMessage, pushOfRead, pushOfTest, type MessageFacts } from './notes.ts'
import { createPushQueue, type PushEnd } from './queue.ts'
import { isSeen, isVisible, viewerOf } from '../visibility.ts'

/** How long it is believed that somebody has the devices that they had. */
const rememberMs = 10_000
const rememberedPeople = 50_000
/** Of one conversation, while it is gathered: the latest. */
const gatheredMax = 50
/** Devices that are known to show something; others keep what they show until the app is opened. */
const showingMax = 50_000

export interface Pushes {
  readonly publicKey: string
  isAllowed(endpoint: string): boolean
  /** A message was committed by this node. Returns at once. */
  stored(message: Message): void
  /** Somebody has read on, on any node. Returns at once. */
  read(mark: { conversationId: ConversationId; userId: UserId; readSeq: number }): void
  /** This device has read there itself: it knows. */
  readHere(sessionId: SessionId, conversationId: ConversationId): void
  test(sessionId: SessionId, target: PushTarget, testId: string): Promise<PushAnswer>
  /** A device is told from now on, or no more. */
  changed(): void
  stop(): void
}

/** Milliseconds. */
export interface PushPace {
  gatherMs: number
  elsewhereMs: number
  firstWaitMs: number
}

export interface PushesParts {
  pusher: Pusher
  store: Pick<Store, 'sessions' | 'log' | 'users' | 'conversations' | 'account'>
  memberships: Memberships
  rules: Pick<PeopleRules, 'of'>
  /** Asked late: marks tell of what is read by here. */
  marks(): Marks
  cluster: Pick<Cluster, 'presence' | 'sessions' | 'isShared'>
  logger: Logger
  now(): number
  pushed(end: PushEnd): void
  /** For tests. */
  pace?: PushPace | undefined
}

export function createPushes(parts: PushesParts): Pushes {
  const { pusher, store, memberships, cluster, logger } = parts
  const { sessions } = store
  const { gatherMs, elsewhereMs, firstWaitMs } = {
    gatherMs: limits.pushGatherMs,
    elsewhereMs: limits.pushElsewhereMs,
    firstWaitMs: undefined,
    ...parts.pace,
  }
  const onError = (err: unknown) => logger.error({ err }, 'a push could not be made')
  const gathered = new Map<ConversationId, Message[]>()
  const timers = new Set<NodeJS.Timeout>()
  const remembered = new Map<UserId, { devices: PushedDevice[]; readAt: number }>()
  /** What devices show of each conversation, the newest seq; the oldest devices first. */
  const showing = new Map<SessionId, Map<ConversationId, number>>()
  const complained = new Set<string>()
  /** Grows with what is forgotten: what was being read meanwhile is not remembered. */
  let forgotten = 0

  const queue = createPushQueue({
    pusher,
    firstWaitMs,
    ended: parts.pushed,
    onError,
    async onGone(sessionId, endpoint) {
      await sessions.dropPush(sessionId, endpoint)
      changed()
    },
    onRefused(host, status) {
      const complaint = `${host} ${status}`
      if (complained.has(complaint)) return
      complained.add(complaint)
      logger.warn({ service: host, status }, 'a push service refuses what is sent to it')
    },
  })

  function changed() {
    forgotten += 1
    remembered.clear()
  }

  // A device that is signed out is told nothing from now on, whichever node did it.
  const stopHearing = cluster.sessions.onEnded((ids) => {
    changed()
    for (const id of ids) showing.delete(id)
  })

  function after(ms: number, job: () => Promise<void>) {
    const timer = setTimeout(() => {
      timers.delete(timer)
      job().catch(onError)
    }, ms)
    timer.unref()
    timers.add(timer)
  }

  async function devicesOf(userIds: readonly UserId[]): Promise<PushedDevice[]> {
    const now = parts.now()
    const known = userIds.map((id) => remembered.get(id))
    const unknown = userIds.filter((_, at) => now - (known[at]?.readAt ?? -Infinity) > rememberMs)
    const fresh = known.flatMap((entry) =>
      entry !== undefined && now - entry.readAt <= rememberMs ? entry.devices : [],
    )
    if (unknown.length === 0) return fresh
    const before = forgotten
    const found = await sessions.pushedOf(unknown)
    if (before === forgotten) {
      const byUser = byPerson(found)
      for (const userId of unknown) {
        remembered.delete(userId)
        remembered.set(userId, { devices: byUser.get(userId) ?? [], readAt: now })
      }
      for (const oldest of remembered.keys()) {
        if (remembered.size <= rememberedPeople) break
        remembered.delete(oldest)
      }
    }
    return [...fresh, ...found]
  }

  /** The messages of a conversation that came within a moment, to everybody who is not looking. */
  async function tell(conversationId: ConversationId, messages: readonly Message[]) {
    const view = await memberships.view(conversationId)
    if (view === null) return
    const devices = await devicesOf([...view.members.keys()])
    if (devices.length === 0) return
    const byUser = byPerson(devices)
    for (const [userId, theirs] of byUser) {
      const member = view.members.get(userId)
      if (member === undefined) continue
      // Who is mentioned is told all the same.
      const kept = await keptBy(store, userId, conversationId)
      // Who has not been answered yet makes no noise (REQ-3).
      const otherId = directWith(view.members, userId)
      if (otherId !== null && (await parts.rules.of(userId)).requests.has(otherId)) continue
      const isQuiet = isMutedAt(kept, parts.now())
      const newest = messages.findLast(
        (message) =>
          message.senderId !== userId &&
          isSeen(viewerOf(member, kept), message, parts.now()) &&
          (!isQuiet || message.mentions.includes(userId)),
      )
      if (newest === undefined) continue
      const ring = async () => add(member, theirs, newest)
      // Whoever is looking at one device will have read it before the others ring.
      if (await isLooking(userId)) after(elsewhereMs, ring)
      else await ring()
    }
  }

  async function isLooking(userId: UserId): Promise<boolean> {
    if (cluster.presence.inUse(userId).size > 0) return true
    if (!cluster.isShared) return false
    const [person] = await cluster.presence.of([userId])
    return person?.status === 'online'
  }

  function add(member: MemberRow, devices: readonly PushedDevice[], { conversationId, id, seq }: Message) {
    const inUse = cluster.presence.inUse(member.userId)
    for (const { sessionId, target } of devices) {
      if (inUse.has(sessionId)) continue
      queue.add({
        key: `${sessionId} ${conversationId}`,
        sessionId,
        target,
        message: async () => {
          const found = await unreadOf(conversationId, member, id)
          if (found === null) return null
          const note = messageNote(found.facts, target, found.unread)
          return note.is === 'message' ? pushOfMessage(sessionId, note) : null
        },
        onSent: () => shows(sessionId, conversationId, seq),
      })
    }
  }

  /** What there is to say of a message by now; null: it was read, or is not there any more. */
  async function unreadOf(
    conversationId: ConversationId,
    member: MemberRow,
    id: MessageId,
  ): Promise<{ facts: MessageFacts; unread: number } | null> {
    const [message, marks, still] = await Promise.all([
      store.log.byId(conversationId, id),
      parts.marks().of(conversationId),
      memberships.member(conversationId, member.userId),
    ])
    if (message === null || message.deletedAt !== null || still?.joinedRev !== member.joinedRev) return null
    const readSeq = marks.get(member.userId)?.readSeq ?? 0
    if (readSeq >= message.seq || !isVisible(member, message, parts.now())) return null
    const [row, [sender], [contact], unread] = await Promise.all([
      store.conversations.byId(conversationId),
      store.users.byIds([message.senderId]),
      store.account.under(member.userId, contactKey(message.senderId)),
      store.log.unread(conversationId, member.userId, Math.max(readSeq, member.joinedSeq)),
    ])
    const title = row?.header.kind === 'group' ? row.header.title : null
    return { facts: { message, sender: ownName(contact) ?? sender?.displayName ?? '', title }, unread }
  }

  function shows(sessionId: SessionId, conversationId: ConversationId, seq: number) {
    const shown = showing.get(sessionId) ?? new Map<ConversationId, number>()
    showing.delete(sessionId)
    showing.set(sessionId, shown.set(conversationId, seq))
    const oldest = showing.keys().next()
    if (showing.size > showingMax && !oldest.done) showing.delete(oldest.value)
  }

  /** Takes away what the other devices show, where they may be told without showing anything. */
  async function takeAway(conversationId: ConversationId, userId: UserId, seq: number) {
    const devices = await devicesOf([userId])
    const inUse = cluster.presence.inUse(userId)
    for (const { sessionId, target } of devices) {
      const shown = showing.get(sessionId)
      if ((shown?.get(conversationId) ?? Infinity) > seq) continue
      shown?.delete(conversationId)
      if (inUse.has(sessionId) || pusher.mustShow(target.endpoint)) continue
      queue.add({
        key: `${sessionId} ${conversationId}`,
        sessionId,
        target,
        message: async () => {
          const unread = await store.log.unread(conversationId, userId, seq)
          return pushOfRead(sessionId, { conversationId, seq, unread })
        },
      })
    }
  }

  return {
    publicKey: pusher.publicKey,
    isAllowed: (endpoint) => pusher.isAllowed(endpoint),
    stored(message) {
      const { conversationId } = message
      const there = gathered.get(conversationId)
      if (there !== undefined) {
        there.push(message)
        if (there.length > gatheredMax) there.shift()
        return
      }
      const messages = [message]
      gathered.set(conversationId, messages)
      after(gatherMs, () => {
        gathered.delete(conversationId)
        return tell(conversationId, messages)
      })
    },
    read({ conversationId, userId, readSeq }) {
      if (showing.size > 0) takeAway(conversationId, userId, readSeq).catch(onError)
    },
    readHere(sessionId, conversationId) {
      showing.get(sessionId)?.delete(conversationId)
    },
    test: (sessionId, target, testId) => queue.now(sessionId, target, pushOfTest(testId, target)),
    changed,
    stop() {
      stopHearing()
      queue.stop()
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      gathered.clear()
    },
  }
}

/** What this person calls somebody. */
function ownName(contact: AccountEntry | undefined): string | null {
  const value = contact?.value ?? null
  return value !== null && 'name' in value ? (value.name ?? null) : null
}

function byPerson(devices: readonly PushedDevice[]): Map<UserId, PushedDevice[]> {
  const people = new Map<UserId, PushedDevice[]>()
  for (const device of devices) {
    const theirs = people.get(device.userId)
    if (theirs === undefined) people.set(device.userId, [device])
    else theirs.push(device)
  }
  return people
}
