// Deciding about others (BLK-1 … BLK-5, PRIV-1, REQ-4): one entry of the account's log each, like all that one keeps for
// oneself, and what follows at once for the others: marks, presence, profile. They are never told why.
import {
  PalabreError,
  blockKey,
  keyOfChange,
  noticeKey,
  peoplePrefix,
  privacyKey,
  requestKey,
  silenceKey,
  type AccountEntry,
  type AccountValue,
  type ConversationId,
  type KeepChange,
  type Silence,
  type UserId,
} from '@palabre/protocol'
import type { Context, Services } from '../context.ts'
import { tellProfile } from '../people.ts'

/** Who decides, and what follows needs; a handler's context is one. */
export type Deciding = Pick<Services, 'store' | 'rules' | 'marks' | 'memberships' | 'fanout'> & {
  userId: UserId
}

export type PeopleChange = Extract<KeepChange, { keep: 'block' | 'privacy' | 'accept' | 'notice' }>

/** Times that somebody was blocked and let in again, of which each is remembered; older ones become one. */
const silencesMax = 20

/** Keeps it; null: it is so already. @throws USER_NOT_FOUND */
export async function keepPeople(
  ctx: Context,
  change: PeopleChange,
  at: number,
): Promise<AccountEntry | null> {
  switch (change.keep) {
    case 'block':
      return keepBlock(ctx, change.userId, at, change.isBlocked)
    case 'accept':
      return acceptRequest(ctx, change.userId, at)
    case 'notice':
      return keepRead(ctx, change.id, at)
    case 'privacy': {
      const entry = await put(ctx, privacyKey(change.matter), { at, who: change.who })
      if (entry !== null) await follow(ctx, change.matter)
      return entry
    }
  }
}

export function isAboutPeople(change: KeepChange): change is PeopleChange {
  return keyOfChange(change).startsWith(peoplePrefix)
}

async function put(ctx: Deciding, key: string, value: AccountValue): Promise<AccountEntry | null> {
  const entry = await ctx.store.account.put(ctx.userId, key, value)
  if (entry === null) return null
  if (key.startsWith(peoplePrefix)) ctx.rules.changed(ctx.userId)
  ctx.fanout.toUser(ctx.userId, 'account_updated', { rev: entry.rev, entry })
  return entry
}

async function held(ctx: Deciding, key: string): Promise<AccountValue | null> {
  const [entry] = await ctx.store.account.under(ctx.userId, key)
  return entry?.value ?? null
}

async function keepBlock(ctx: Context, userId: UserId, at: number, isBlocked: boolean) {
  if (userId === ctx.userId || (await ctx.store.users.byId(userId)) === null)
    throw new PalabreError('USER_NOT_FOUND')
  const before = await held(ctx, blockKey(userId))
  const wasBlocked = before !== null && 'isBlocked' in before && before.isBlocked
  if (wasBlocked === isBlocked || (before?.at ?? 0) > at) return null
  const conversationId = await ctx.store.conversations.ofPair(ctx.userId, userId)
  const marks = conversationId === null ? null : await ctx.marks.of(conversationId)
  const pairOf = (id: UserId): [number, number] => {
    const { deliveredSeq = 0, readSeq = 0 } = marks?.get(id) ?? {}
    return [deliveredSeq, readSeq]
  }
  const frozen = marks === null ? null : { mine: pairOf(ctx.userId), theirs: pairOf(userId) }
  // Closed before the block ends, and opened once it holds: whatever fails in between, nothing is told that should not be.
  if (!isBlocked && conversationId !== null) await silence(ctx, conversationId, at, false)
  const entry = await put(ctx, blockKey(userId), { at, isBlocked, frozen: isBlocked ? frozen : null })
  if (isBlocked && conversationId !== null) await silence(ctx, conversationId, at, true)
  if (conversationId !== null) ctx.marks.rulesChanged(conversationId)
  if (isBlocked) vanish(ctx, [userId])
  await retellProfile(ctx)
  return entry
}

/** What they say from now on is not told, and never will be; or it is told again. */
async function silence(ctx: Context, conversationId: ConversationId, at: number, isOn: boolean) {
  const row = await ctx.store.conversations.byId(conversationId)
  const lastSeq = row?.lastSeq ?? 0
  const value = await held(ctx, silenceKey(conversationId))
  const before: readonly Silence[] = value !== null && 'silences' in value ? value.silences : []
  const closed = before.flatMap(([from, to]): Silence[] => {
    const end = to ?? lastSeq
    return end < from ? [] : [[from, end]]
  })
  const all: Silence[] = isOn ? [...closed, [lastSeq + 1, null]] : closed
  const [first, second, ...rest] = all
  const silences =
    all.length > silencesMax && first !== undefined && second !== undefined
      ? [[first[0], second[1]] as const, ...rest]
      : all
  await put(ctx, silenceKey(conversationId), { at, silences: silences.map(([from, to]) => [from, to]) })
}

/** Null: there is none that waits. */
export async function acceptRequest(ctx: Deciding, userId: UserId, at: number) {
  const value = await held(ctx, requestKey(userId))
  if (value === null || !('isAnswered' in value) || value.isAnswered) return null
  const entry = await put(ctx, requestKey(userId), { ...value, at, isAnswered: true })
  ctx.marks.rulesChanged(value.conversationId)
  await retellProfile(ctx)
  return entry
}

/** Null: there is none, or it was read. */
async function keepRead(ctx: Deciding, id: string, at: number): Promise<AccountEntry | null> {
  const value = await held(ctx, noticeKey(id))
  if (value === null || !('notice' in value) || value.isRead) return null
  // It may be newer than the device's clock says: what was read is read (KEEP-1).
  return put(ctx, noticeKey(id), { ...value, at: Math.max(at, value.at), isRead: true })
}

async function follow(ctx: Context, matter: Extract<PeopleChange, { keep: 'privacy' }>['matter']) {
  if (matter === 'photo' || matter === 'about') await retellProfile(ctx)
  if (matter !== 'receipts' && matter !== 'lastSeen') return
  const others: UserId[] = []
  for (const { id } of await ctx.store.conversations.headsOfUser(ctx.userId)) {
    if (matter === 'receipts') ctx.marks.rulesChanged(id)
    const view = await ctx.memberships.view(id)
    if (matter === 'lastSeen' && view !== null) others.push(...view.members.keys())
  }
  vanish(ctx, others)
}

/** As if one had gone, to both ends; who may still see the other asks again, and is told. */
function vanish(ctx: Context, userIds: Iterable<UserId>) {
  const gone = { event: 'contact_status_changed' as const, status: 'offline' as const, lastSeen: null }
  for (const userId of new Set(userIds)) {
    if (userId === ctx.userId) continue
    ctx.fanout.notifyUser(userId, { ...gone, userId: ctx.userId })
    ctx.fanout.notifyUser(ctx.userId, { ...gone, userId })
  }
}

/** With a new rev: what devices hold of it gives way to what they may see now. */
async function retellProfile(ctx: Deciding) {
  const user = await ctx.store.users.touch(ctx.userId)
  if (user !== null) await tellProfile(ctx, user)
}
