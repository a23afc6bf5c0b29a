// PURE: one conversation as this device holds it in memory.
//
//     … on the server │ … in the cache │ window: seq 312 … 361 │ cursor: rev 977
//
// [TL-1] the window has no hole   [TL-2] the cursor only grows, except by a reset
// [TL-3] an event is applied once
// It does no I/O, knows no clock, and decides nothing about asking: `sync.ts` obeys what it answers.
import {
  mergeMarks,
  mergeOthers,
  type Conversation,
  type ConversationHeader,
  type Delta,
  type MarkPair,
  type OthersMarks,
  type Marks,
  type Message,
  type MessageId,
  type UserId,
} from '@palabre/protocol'

export interface Timeline {
  readonly conversation: Conversation
  /** The last `rev` that is held entirely. */
  readonly cursor: number
  /** In seq order, up to the newest. */
  readonly messages: readonly Message[]
  /** The cache holds messages below the window. */
  readonly inCache: boolean
  /** The server holds messages below what the cache holds. */
  readonly hasBefore: boolean
  /** While a page is on its way: updates of messages below the window, to be merged with it (SYNC-10). */
  readonly below: ReadonlyMap<MessageId, Message> | null
  /** Grows at every reset: a page asked for before one no longer fits. */
  readonly generation: number
  /**
   * Marks of others told to who is still alone here: receipts are not in the log's order, and may overtake the change
   * that lets those others in. Of one who went they stay below where the next one joins, and say nothing then.
   */
  readonly early?: OthersMarks
}

/** One change of the log: an event of the server's, or the ack of one's own change. */
export interface Change {
  readonly rev: number
  /** Absent where this member may not see the message: only the cursor moves (SYNC-8). */
  readonly message?: Message | undefined
  readonly header?: ConversationHeader | undefined
}

/** What changed, for the cache: `put` is in the window now, `below` only if the cache holds it already. */
export interface Step {
  readonly timeline: Timeline
  readonly put: readonly Message[]
  readonly below: readonly Message[]
  /** What the cache held of it before is not part of the window any more. */
  readonly isReset: boolean
}

export type Applied =
  | ({ readonly outcome: 'applied' } & Step)
  /** `rev` at or below the cursor: already here. */
  | { readonly outcome: 'stale' }
  /** Something between the cursor and `rev` is missing: ask for the difference. */
  | { readonly outcome: 'gap' }

/** Applies a change if it is the very next one (SYNC-3). */
export function apply(timeline: Timeline, change: Change, me: UserId): Applied {
  if (change.rev <= timeline.cursor) return { outcome: 'stale' }
  if (change.rev > timeline.cursor + 1) return { outcome: 'gap' }
  const merged = merge(timeline, change.message ? [change.message] : [], me, change.rev)
  const conversation = headed(merged.timeline, change, me)
  return { outcome: 'applied', ...merged, timeline: { ...merged.timeline, conversation, cursor: change.rev } }
}

/** Applies the answer of a `sync` to one conversation; null: not held so far (SYNC-2, SYNC-5). */
export function applyDelta(timeline: Timeline | null, delta: Delta, me: UserId): Step {
  if (timeline === null || delta.reset) return reset(timeline, delta)
  const merged = merge(timeline, delta.messages, me, delta.rev)
  const held = merged.timeline.conversation
  const told = toldOf(timeline.conversation, delta)
  const conversation: Conversation = {
    ...told,
    rev: Math.max(told.rev, held.rev),
    lastSeq: Math.max(told.lastSeq, held.lastSeq),
    lastMessage: merged.timeline.messages.at(-1) ?? told.lastMessage,
  }
  return {
    ...merged,
    timeline: { ...merged.timeline, conversation, cursor: Math.max(timeline.cursor, delta.rev) },
  }
}

/** As the answer tells it, but for marks that were acknowledged after it was read: they only grow (REC-1). */
function toldOf(held: Conversation, { conversation, marks }: Delta): Conversation {
  const isHeldLater = held.me.readSeq > conversation.me.readSeq
  const { unread, mentions } = isHeldLater ? held.me : conversation.me
  const me = {
    ...conversation.me,
    ...mergeMarks(held.me, conversation.me),
    clearedSeq: Math.max(held.me.clearedSeq, conversation.me.clearedSeq),
    unread,
    mentions,
  }
  return marked({ ...conversation, me, others: mergeOthers(held.others, conversation.others) }, marks)
}

/** There are messages that this member may see below these, or instead of none. */
export function isBelow(conversation: Conversation, messages: readonly Message[]): boolean {
  const floor = messages[0]?.seq ?? conversation.lastSeq + 1
  return floor > Math.max(1, conversation.me.joinedSeq, conversation.me.clearedSeq + 1)
}

/** Starts over with what the delta carries; the window ends at the newest message. */
function reset(timeline: Timeline | null, delta: Delta): Step {
  const messages = contiguousTail([...delta.messages].sort(bySeq))
  const conversation = isContinued(timeline, delta)
    ? toldOf(timeline.conversation, delta)
    : marked(delta.conversation, delta.marks)
  return {
    timeline: {
      conversation: { ...conversation, lastMessage: messages.at(-1) ?? conversation.lastMessage },
      cursor: delta.rev,
      messages,
      inCache: false,
      hasBefore: messages.length > 0 && isBelow(conversation, messages),
      below: null,
      generation: (timeline?.generation ?? 0) + 1,
    },
    put: messages,
    below: [],
    isReset: true,
  }
}

/** The same membership in the same log: what this device knows of marks still holds. */
function isContinued(timeline: Timeline | null, { conversation, rev }: Delta): timeline is Timeline {
  return timeline?.conversation.me.joinedRev === conversation.me.joinedRev && timeline.cursor <= rev
}

/** Before a page is asked for: updates below the window are kept from now on (SYNC-10). */
export function expectPage(timeline: Timeline): Timeline {
  return timeline.below ? timeline : { ...timeline, below: new Map() }
}

/** No page comes after all. */
export function forgetPage(timeline: Timeline): Timeline {
  return timeline.below ? { ...timeline, below: null } : timeline
}

/**
 * Puts a page in front of the window, each message at its highest `rev`. A page that was asked for before a reset,
 * or that does not end where the window begins, changes nothing.
 */
export function applyPage(
  timeline: Timeline,
  page: {
    generation: number
    before: number
    messages: readonly Message[]
    inCache: boolean
    hasBefore: boolean
  },
): Step {
  const closed = forgetPage(timeline)
  const floor = timeline.messages[0]?.seq ?? page.before
  if (page.generation !== timeline.generation || floor !== page.before)
    return { timeline: closed, put: [], below: [], isReset: false }
  const older = page.messages
    .filter((message) => message.seq < floor)
    .map((message) => newer(message, timeline.below?.get(message.id)))
    .sort(bySeq)
  return {
    timeline: {
      ...closed,
      messages: [...older, ...timeline.messages],
      inCache: page.inCache,
      hasBefore: page.hasBefore,
    },
    put: older,
    below: [],
    isReset: false,
  }
}

/** Marks only grow (REC-1); the number of unread is the server's. */
export function applyMarks(timeline: Timeline, marks: Partial<Marks>): Timeline {
  const held = timeline.conversation
  const next = marked(held, marks)
  if (isAlone(held) && marks.others) {
    const early = timeline.early ? mergeOthers(timeline.early, marks.others) : marks.others
    return { ...timeline, conversation: next, early }
  }
  return next === held ? timeline : { ...timeline, conversation: next }
}

/**
 * How many unread, with `readSeq` raised by what the server has not heard yet (REC-3): counted if the window
 * reaches down to the mark, else the server's number.
 */
export function unreadOf(
  timeline: Timeline,
  me: UserId,
  pendingReadSeq: number,
  hidden?: ReadonlySet<MessageId>,
): number {
  const mark = readFrom(timeline.conversation, pendingReadSeq)
  if (mark >= timeline.conversation.lastSeq) return 0
  const floor = timeline.messages[0]?.seq
  const isWhole = !timeline.inCache && !timeline.hasBefore
  const isCovered = isWhole || (floor !== undefined && floor <= mark + 1)
  if (!isCovered) return timeline.conversation.me.unread
  let count = 0
  for (let index = timeline.messages.length - 1; index >= 0; index--) {
    const message = timeline.messages[index]
    if (message === undefined || message.seq <= mark) break
    if (countsAsUnread(message, me) && !hidden?.has(message.id)) count++
  }
  return count
}

/** The seqs of unread messages that mention this member, in order (MEN-1). */
export function mentionsOf({ conversation }: Timeline, pendingReadSeq: number): readonly number[] {
  const { mentions = [] } = conversation.me
  if (mentions.length === 0) return mentions
  const mark = readFrom(conversation, pendingReadSeq)
  return mentions.filter((seq) => seq > mark)
}

/** With a message as it is now: what the server told, and what has come since (MEN-1). */
export function mentionsWith(mentions: readonly number[], message: Message, me: UserId): readonly number[] {
  const isThere = countsAsUnread(message, me) && message.mentions.includes(me)
  if (isThere === mentions.includes(message.seq)) return mentions
  const others = mentions.filter((seq) => seq !== message.seq)
  return isThere ? [...others, message.seq].sort((a, b) => a - b) : others
}

function readFrom(conversation: Conversation, pendingReadSeq: number): number {
  const { readSeq, joinedSeq, clearedSeq } = conversation.me
  return Math.max(readSeq, joinedSeq, clearedSeq, pendingReadSeq)
}

/** By how many fewer are unread without this one. */
export function unreadWithout(conversation: Conversation, message: Message, me: UserId): number {
  return Number(message.seq > readFrom(conversation, 0) && countsAsUnread(message, me))
}

function countsAsUnread(message: Message, me: UserId): boolean {
  return message.senderId !== me && message.kind !== 'system' && message.deletedAt === null
}

/** Puts messages in their places, each at its highest `rev`; `settledRev`: all up to it is known to be here. */
function merge(timeline: Timeline, incoming: readonly Message[], me: UserId, settledRev: number): Step {
  let messages = timeline.messages
  let { unread } = timeline.conversation.me
  let mentions: readonly number[] = timeline.conversation.me.mentions ?? []
  const put: Message[] = []
  const below: Message[] = []
  const mark = readFrom(timeline.conversation, 0)
  const kept = timeline.below ? new Map(timeline.below) : null
  for (const message of [...incoming].sort(bySeq)) {
    const floor = messages[0]?.seq
    if (message.seq > mark) mentions = mentionsWith(mentions, message, me)
    if (floor !== undefined && message.seq < floor && (timeline.inCache || timeline.hasBefore)) {
      kept?.set(message.id, newer(message, kept.get(message.id)))
      below.push(message)
      // Deleted it changes no more: until now it counted, though it is not held here.
      if (
        message.seq > mark &&
        message.deletedAt !== null &&
        countsAsUnread({ ...message, deletedAt: null }, me)
      )
        unread--
      continue
    }
    const last = messages.at(-1)?.seq ?? 0
    // Newer than what this answer vouches for, and not the next in line: its own event brings it (TL-1).
    if (message.rev > settledRev && last > 0 && message.seq > last + 1) continue
    const index = indexOf(messages, message.seq)
    const held = messages[index]
    if (held?.seq === message.seq) {
      if (held.rev >= message.rev) continue
      if (message.seq > mark) unread += unreadStep(held, message, me)
      messages = messages.with(index, message)
    } else {
      if (message.seq > mark && countsAsUnread(message, me)) unread++
      messages = messages.toSpliced(index, 0, message)
    }
    put.push(message)
  }
  const conversation: Conversation = {
    ...timeline.conversation,
    rev: Math.max(timeline.conversation.rev, settledRev),
    lastSeq: Math.max(timeline.conversation.lastSeq, messages.at(-1)?.seq ?? 0),
    lastMessage: messages.at(-1) ?? timeline.conversation.lastMessage,
    me: { ...timeline.conversation.me, unread: Math.max(0, unread), mentions: [...mentions] },
  }
  return { timeline: { ...timeline, conversation, messages, below: kept }, put, below, isReset: false }
}

function unreadStep(before: Message, after: Message, me: UserId): number {
  return Number(countsAsUnread(after, me)) - Number(countsAsUnread(before, me))
}

/** The header that a system message carries along; one's own role follows from the list of members. */
function headed({ conversation, early }: Timeline, change: Change, me: UserId): Conversation {
  if (!change.header) return conversation
  const mine = change.header.members.find((member) => member.user.id === me)
  // Owner and admins come first: who is not in the part that is carried along is a plain member.
  const role = mine?.role ?? 'member'
  const others = isAlone(change.header)
    ? nobodysMarks
    : mergeOthers(conversation.others, early ?? nobodysMarks)
  return { ...conversation, ...change.header, me: { ...conversation.me, role }, others }
}

/** Of others that are not there, as the server says it too. */
const nobodysMarks: MarkPair = { deliveredSeq: 0, readSeq: 0 }

function isAlone({ memberCount }: Pick<ConversationHeader, 'memberCount'>): boolean {
  return memberCount === 1
}

function marked(conversation: Conversation, marks: Partial<Marks>): Conversation {
  // Who says how much is unread says too where it mentions one; of a mark that has moved on it says nothing any more.
  const isOld = (marks.readSeq ?? conversation.me.readSeq) < conversation.me.readSeq
  const { unread, mentions = [] } = marks.unread === undefined || isOld ? conversation.me : marks
  const mine = mergeMarks(conversation.me, {
    deliveredSeq: marks.deliveredSeq ?? 0,
    readSeq: marks.readSeq ?? 0,
  })
  // Receipts gathered on the server may come after the last of the others went.
  const others = isAlone(conversation)
    ? nobodysMarks
    : marks.others === undefined
      ? conversation.others
      : mergeOthers(conversation.others, marks.others)
  if (
    isSame(mine, conversation.me) &&
    isSame(others, conversation.others) &&
    unread === conversation.me.unread &&
    String(mentions) === String(conversation.me.mentions ?? [])
  )
    return conversation
  return { ...conversation, me: { ...conversation.me, ...mine, unread: unread ?? 0, mentions }, others }
}

function isSame(a: OthersMarks, b: OthersMarks): boolean {
  return a.deliveredSeq === b.deliveredSeq && a.readSeq === b.readSeq
}

function newer(message: Message, other: Message | undefined): Message {
  return other && other.rev > message.rev ? other : message
}

function bySeq(a: Message, b: Message): number {
  return a.seq - b.seq
}

/** The part that reaches up to the newest without a hole (TL-1). */
export function contiguousTail(messages: readonly Message[]): readonly Message[] {
  let start = messages.length - 1
  while (start > 0 && (messages[start - 1]?.seq ?? 0) + 1 === messages[start]?.seq) start--
  return messages.slice(Math.max(0, start))
}

/** Where `seq` is or belongs. */
function indexOf(messages: readonly Message[], seq: number): number {
  const last = messages.at(-1)
  if (last === undefined || last.seq < seq) return messages.length
  let low = 0
  let high = messages.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((messages[middle]?.seq ?? 0) < seq) low = middle + 1
    else high = middle
  }
  return low
}
