// Catching up (SYNC-1 … SYNC-8): what changed since the revs that a device holds, its marks, its account and
// the people it knows. Of each conversation the head is read first, the messages next, membership last.
// What it costs is bounded by what changed: conversations at their heads cost two questions to the store, however
// many they are, and no byte of the answer while the device holds their marks.
import {
  PalabreError,
  limits,
  marksSum,
  type AccountDelta,
  type ConversationId,
  type Delta,
  type Marks,
  type Message,
  type Output,
  type ParsedInput,
} from '@palabre/protocol'
import { shownTo } from '../core/access.ts'
import type { Context } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'
import { keptBy } from '../core/keeping.ts'
import { shownUsers } from '../core/people/profiles.ts'
import { shownMarks } from '../core/people/receipts.ts'
import { viewerOf } from '../core/visibility.ts'
import type { ConversationRow } from '../store/port/conversations.ts'
import type { MemberRow } from '../store/port/members.ts'
import type { StoredMarks } from '../store/port/receipts.ts'

type Input = ParsedInput<'sync'>
type Answer = Output<'sync'>

/** People whose profiles one answer brings. */
const profilesMax = 500
/** Conversations put together at once; the bytes are counted after each such group. */
const groupSize = 20
/** A membership that changes during each of this many readings is answered as a passing trouble. */
const attempts = 5
/** JSON around a message's text, and around a conversation without its members: about, in bytes. */
const messageOverhead = 420
const deltaOverhead = 1_200
const memberOverhead = 220

export const sync = {
  async sync(ctx, input) {
    await ctx.takeTurn()
    // Nothing that the numbers of another epoch say is believed (SYNC-7). Who names none holds none of another.
    const isSameEpoch = input.epoch === undefined || input.epoch === ctx.store.epoch
    const heads = await headsOf(ctx)
    const isAsked = askedBy(input)
    const asked = heads.filter(({ id }) => isAsked(id))
    const cursorOf = (id: ConversationId) => (isSameEpoch ? (input.conversations[id] ?? null) : null)
    const behind = asked.filter(({ id, rev }) => cursorOf(id) !== rev).map(({ id }) => id)

    const { deltas, left, more } = await deltasOf(ctx, behind, cursorOf)
    const { marks, gone } = await marksOf(ctx, input, deltas, isAsked)
    const { moreAccount, ...account } = await accountOf(ctx, input, isSameEpoch)
    const profiles = await profilesOf(ctx, input, isSameEpoch)
    return {
      epoch: ctx.store.epoch,
      now: ctx.now(),
      conversations: deltas,
      removed: [...new Set([...gone, ...left])],
      marks,
      account,
      profiles: profiles.answer,
      more: more || moreAccount || profiles.more,
    }
  },
} satisfies Partial<Handlers>

/** Heads of the caller's conversations, read when the socket that asks is in all their rooms (CON-1). */
async function headsOf(ctx: Context) {
  const heads = await ctx.store.conversations.headsOfUser(ctx.userId)
  if (ctx.socketId === null) return heads
  const ids = heads.map(({ id }) => id)
  // A word to join may have been lost between nodes.
  const isMended = await ctx.fanout.mendSocket(ctx.socketId, ids)
  return isMended ? ctx.store.conversations.headsOfUser(ctx.userId) : heads
}

/** Newest activity first, until the answer is full (SYNC-6). */
async function deltasOf(
  ctx: Context,
  ids: ConversationId[],
  cursorOf: (id: ConversationId) => number | null,
): Promise<{ deltas: Delta[]; left: ConversationId[]; more: boolean }> {
  const deltas: Delta[] = []
  const left: ConversationId[] = []
  let bytes = 0
  for (let start = 0; start < ids.length; start += groupSize) {
    if (start > 0) await ctx.takeTurn()
    const group = ids.slice(start, start + groupSize)
    const found = await Promise.all(group.map((id) => deltaOf(ctx, id, cursorOf(id))))
    for (const [index, delta] of found.entries()) {
      const size = delta === null ? 0 : sizeOf(delta)
      // One always fits, or nothing would ever come.
      const isFull =
        deltas.length >= limits.syncConversations || (deltas.length > 0 && bytes + size > limits.syncBytes)
      if (isFull) return { deltas, left, more: true }
      const id = group[index]
      if (delta !== null) deltas.push(delta)
      else if (id !== undefined && cursorOf(id) !== null) left.push(id)
      bytes += size
    }
  }
  return { deltas, left, more: false }
}

/** Null when the caller is no member (any more). */
async function deltaOf(ctx: Context, id: ConversationId, cursor: number | null): Promise<Delta | null> {
  const { store } = ctx
  let member = await store.members.one(id, ctx.userId)
  for (let attempt = 0; attempt < attempts && member !== null; attempt += 1) {
    const row = await store.conversations.byId(id)
    if (row === null) return null
    const delta = await read(ctx, row, member, cursor)
    const after: MemberRow | null = await store.members.one(id, ctx.userId)
    if (after?.joinedRev === member.joinedRev) return delta
    member = after
  }
  if (member !== null) throw new PalabreError('STORE_UNAVAILABLE')
  return null
}

async function read(
  ctx: Context,
  row: ConversationRow,
  member: MemberRow,
  cursor: number | null,
): Promise<Delta> {
  const { log } = ctx.store
  const id = row.header.id
  const viewer = viewerOf(member, await keptBy(ctx.store, ctx.userId, id))
  const { joinedRev, fromSeq } = viewer
  const isUsable = cursor !== null && cursor >= joinedRev && cursor <= row.rev
  // Not bounded by the head: what was committed since comes too, and is applied once (SYNC-2).
  const since = isUsable ? await log.since(id, cursor, fromSeq, limits.syncBehind + 1) : null
  const reset = since === null || since.length > limits.syncBehind
  const found: Message[] = reset ? await log.before(id, null, fromSeq, limits.syncWindow) : since
  const conversation = await ctx.assembly.forMember(row, member)
  const { deliveredSeq, readSeq, unread, mentions } = conversation.me
  return {
    conversation,
    rev: row.rev,
    messages: shownTo(viewer, found, ctx.now()),
    marks: {
      deliveredSeq,
      readSeq,
      unread,
      ...(mentions !== undefined && { mentions }),
      others: conversation.others,
    },
    unread,
    reset,
  }
}

/** Which conversations the question is about. */
function askedBy({ only, range }: Input): (id: ConversationId) => boolean {
  const chosen = only === undefined ? null : new Set(only)
  return (id) =>
    (chosen === null || chosen.has(id)) &&
    (range?.above === undefined || id > range.above) &&
    (range?.upTo === undefined || id <= range.upTo)
}

/** Marks of every conversation answered, and of those named that differ; and those named that are the caller's no
 *  more (SYNC-6). */
async function marksOf(
  ctx: Context,
  input: Input,
  deltas: Delta[],
  isAsked: (id: ConversationId) => boolean,
): Promise<{ marks: Answer['marks']; gone: ConversationId[] }> {
  const marks = new Map<ConversationId, Marks>(deltas.map((delta) => [delta.conversation.id, delta.marks]))
  const gone: ConversationId[] = []
  const named = (Object.keys(input.conversations) as ConversationId[]).sort()
  const sums = input.marks?.length === named.length ? input.marks : []
  const stored = await ctx.store.receipts.ofUser(ctx.userId, named.filter(isAsked))
  for (const [index, id] of named.entries()) {
    if (!isAsked(id) || marks.has(id)) continue
    const now = stored.get(id)
    if (now === undefined) gone.push(id)
    else {
      const told = await toldMarks(ctx, now)
      if (marksSum(told) !== sums[index]) marks.set(id, told)
    }
  }
  return { marks: Object.fromEntries(marks), gone }
}

/** Of the other one's marks no more than one is told by any other door (BLK-3, PRIV-4). */
async function toldMarks(ctx: Context, { directWith: otherId, ...marks }: StoredMarks): Promise<Marks> {
  if (otherId === null) return marks
  const [mine, theirs] = await Promise.all([ctx.rules.of(ctx.userId), ctx.rules.of(otherId)])
  const others = shownMarks({ id: ctx.userId, rules: mine }, { id: otherId, rules: theirs }, marks.others)
  return { ...marks, others }
}

async function accountOf(
  ctx: Context,
  input: Input,
  isSameEpoch: boolean,
): Promise<AccountDelta & { moreAccount: boolean }> {
  const { account } = ctx.store
  const rev = await account.rev(ctx.userId)
  const reset = !isSameEpoch || input.epoch === undefined || input.account > rev
  if (!reset && input.account === rev) return { rev, entries: [], reset, moreAccount: false }
  const entries = await account.since(ctx.userId, reset ? 0 : input.account, limits.accountEntries)
  const last = entries.at(-1)?.rev ?? 0
  const moreAccount = entries.length === limits.accountEntries && last < rev
  return { rev: moreAccount ? last : Math.max(rev, last), entries, reset, moreAccount }
}

async function profilesOf(
  ctx: Context,
  input: Input,
  isSameEpoch: boolean,
): Promise<{ answer: Answer['profiles']; more: boolean }> {
  const { users } = ctx.store
  const from = isSameEpoch ? (input.profiles ?? 0) : 0
  const rev = await users.profilesRev()
  if (from === rev) return { answer: { rev, users: [] }, more: false }
  const found = await users.profilesSince(ctx.userId, from > rev ? 0 : from, profilesMax)
  const last = found.at(-1)
  const more = found.length === profilesMax && last !== undefined && last.rev < rev
  const shown = await shownUsers(ctx, found)
  return { answer: { rev: more ? last.rev : Math.max(rev, last?.rev ?? 0), users: shown }, more }
}

/** About how many bytes a delta takes as JSON, without writing it. */
function sizeOf({ conversation, messages }: Delta): number {
  const all = conversation.lastMessage === null ? messages : [...messages, conversation.lastMessage]
  const texts = all.map((message) => {
    const text = message.kind === 'text' ? message.body.text.length * 2 : 0
    return messageOverhead + text + message.reactions.length * memberOverhead
  })
  return texts.reduce((sum, size) => sum + size, deltaOverhead + conversation.members.length * memberOverhead)
}
