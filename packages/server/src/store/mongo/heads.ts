// What a conversation is, as its log says (LOG-6): its numbers, its header, its members. Read from the newest numbers
// and the checkpoints, of which one that lies behind the log is made again on the way, and stored again.
// The highest rev is read before anything else: whatever is committed meanwhile has a higher one, so who then takes
// highest + 1 under the unique index has seen all there was (LOG-3). Keeps nothing in memory.
import type { Db, Filter } from 'mongodb'
import type { ConversationId, SystemBody, UserId } from '@palabre/protocol'
import type { ConversationRow } from '../port/conversations.ts'
import { effectOf } from '../port/fold.ts'
import type { MemberRow, MembersView } from '../port/members.ts'
import { gathered } from './gathered.ts'
import {
  conversationsOf,
  membershipsOf,
  messagesOf,
  type ConversationDocument,
  type MembershipDocument,
  type MessageDocument,
} from './rows.ts'
import { isTaken } from './taking.ts'

/** What system messages come to. Never altered in place. */
export interface Folded extends Omit<MembershipDocument, '_id' | 'members'> {
  readonly id: ConversationId
  members: ReadonlyMap<UserId, MemberRow>
}

/** A conversation at one point of its log. Never altered in place. */
export interface Head {
  readonly folded: Folded
  /** The highest taken. */
  readonly rev: number
  readonly lastSeq: number
  readonly activeAt: number
}

export interface Heads {
  /** From the log and the checkpoints; null when there is no such conversation. */
  load(id: ConversationId): Promise<Head | null>
  /** The same, with what was committed since; `head` itself when nothing was. */
  catchUp(head: Head): Promise<Head>
  /** Stores the checkpoints, unless newer ones are there. `since`: those that are there already. */
  forward(head: Head, since?: Head | null): Promise<void>
  /** The header as the log says it; null when there is no such conversation. */
  headOf(id: ConversationId): Promise<ConversationRow | null>
  /** Of all of them that are there. */
  headsOf(ids: ConversationId[]): Promise<Map<ConversationId, ConversationRow>>
  /** The members as the log says them; null when there is no such conversation. */
  viewOf(id: ConversationId): Promise<MembersView | null>
  /** Of all of them that are there. */
  viewsOf(ids: ConversationId[]): Promise<Map<ConversationId, MembersView>>
}

/** Commits that are read one by one; of more, the whole head is read again. */
const catchUpMax = 500
/** Conversations that one question about their logs names. */
const askedAtOnce = 100

type SystemRow = Pick<MessageDocument, 'seq' | 'rev' | 'senderId' | 'createdAt' | 'body' | 'pair'>

const systemFields = { seq: 1, rev: 1, senderId: 1, createdAt: 1, body: 1, pair: 1 } as const

export function createHeads(db: Db): Heads {
  const messages = messagesOf(db)
  const memberships = membershipsOf(db)
  const conversations = conversationsOf(db)

  const newest = (id: ConversationId, by: 'rev' | 'seq') =>
    messages.findOne(
      { conversationId: { $eq: id } },
      { sort: { [by]: -1 }, projection: { seq: 1, rev: 1, createdAt: 1 } },
    )

  /** System messages after those that are folded already, in order. */
  async function systemAfter(id: ConversationId, seq: number): Promise<SystemRow[]> {
    return messages
      .find(
        { conversationId: { $eq: id }, kind: { $eq: 'system' }, seq: { $gt: seq } },
        { projection: systemFields },
      )
      .sort({ seq: 1 })
      .toArray()
  }

  async function load(id: ConversationId): Promise<Head | null> {
    const [byRev, held] = await Promise.all([newest(id, 'rev'), memberships.findOne({ _id: { $eq: id } })])
    if (byRev === null) return null
    const before = held === null ? null : foldedFrom(held)
    const [bySeq, system] = await Promise.all([newest(id, 'seq'), systemAfter(id, before?.foldedSeq ?? 0)])
    const last = bySeq === null || byRev.seq > bySeq.seq ? byRev : bySeq
    const folded = system.reduce<Folded | null>((state, row) => fold(id, state, row), before)
    if (folded === null) throw new Error('a conversation has no first message')
    return { folded, rev: byRev.rev, lastSeq: last.seq, activeAt: last.createdAt }
  }

  async function catchUp(head: Head): Promise<Head> {
    const { id, foldedSeq } = head.folded
    const commits = await messages
      .find(
        { conversationId: { $eq: id }, rev: { $gt: head.rev } },
        { projection: { seq: 1, rev: 1, createdAt: 1, kind: 1 } },
      )
      .sort({ rev: 1 })
      .limit(catchUpMax)
      .batchSize(catchUpMax + 1)
      .toArray()
    if (commits.length >= catchUpMax) return (await load(id)) ?? head
    let { rev, lastSeq, activeAt } = head
    let isFolded = true
    for (const commit of commits) {
      rev = Math.max(rev, commit.rev)
      if (commit.seq > lastSeq) ({ seq: lastSeq, createdAt: activeAt } = commit)
      if (commit.kind === 'system' && commit.seq > foldedSeq) isFolded = false
    }
    if (rev === head.rev) return head
    const system = isFolded ? [] : await systemAfter(id, foldedSeq)
    const folded = system.reduce((state, row) => fold(id, state, row), head.folded)
    return { folded, rev, lastSeq, activeAt }
  }

  async function forward(head: Head, since: Head | null = null): Promise<void> {
    const { _id, ...checkpoint } = membershipDocument(head.folded)
    const { _id: id, ...header } = conversationDocument(head)
    // The header first: whoever finds a conversation by its members finds a header.
    await unlessAhead(() =>
      conversations.updateOne(
        { _id: { $eq: id }, rev: { $lt: head.rev } },
        { $set: header },
        { upsert: true },
      ),
    )
    if (since !== null && since.folded.foldedSeq >= checkpoint.foldedSeq) return
    await unlessAhead(() =>
      memberships.updateOne(
        { _id: { $eq: _id }, foldedSeq: { $lt: checkpoint.foldedSeq } },
        { $set: checkpoint },
        { upsert: true },
      ),
    )
  }

  async function reloaded(id: ConversationId): Promise<Head | null> {
    const head = await load(id)
    if (head !== null) await forward(head)
    return head
  }

  /** The conversations among these whose log has gone on beyond what was read of it, as one question. */
  async function ahead(beyond: Filter<MessageDocument>[]): Promise<Set<ConversationId>> {
    const moved = new Set<ConversationId>()
    for (let at = 0; at < beyond.length; at += askedAtOnce) {
      const found = messages.find(
        { $or: beyond.slice(at, at + askedAtOnce) },
        { projection: { _id: 0, conversationId: 1 } },
      )
      for await (const { conversationId } of found) moved.add(conversationId)
    }
    return moved
  }

  /** Answers what is held where the log is not ahead of it, and reads the log where it is, or nothing is held. */
  async function current<D extends { _id: ConversationId }, V>(
    ids: readonly ConversationId[],
    held: readonly D[],
    parts: { beyond(document: D): Filter<MessageDocument>; from(document: D): V; of(head: Head): V },
  ): Promise<Map<ConversationId, V>> {
    // After what is held was read: whatever was committed before anybody asked is in one of the two.
    const moved = await ahead(held.map(parts.beyond))
    const found = new Map(held.map((document) => [document._id, parts.from(document)]))
    const lacking = ids.filter((id) => moved.has(id) || !found.has(id))
    await Promise.all(
      lacking.map(async (id) => {
        const head = await reloaded(id)
        if (head === null) found.delete(id)
        else found.set(id, parts.of(head))
      }),
    )
    return found
  }

  async function viewsOf(ids: ConversationId[]): Promise<Map<ConversationId, MembersView>> {
    return current(ids, await memberships.find({ _id: { $in: ids } }).toArray(), {
      beyond: ({ _id, foldedSeq }) => ({
        conversationId: { $eq: _id },
        kind: { $eq: 'system' },
        seq: { $gt: foldedSeq },
      }),
      from: (checkpoint) => viewFrom(foldedFrom(checkpoint)),
      of: (head) => viewFrom(head.folded),
    })
  }

  async function headsOf(ids: ConversationId[]): Promise<Map<ConversationId, ConversationRow>> {
    return current(ids, await conversations.find({ _id: { $in: ids } }).toArray(), {
      beyond: ({ _id, rev }) => ({ conversationId: { $eq: _id }, rev: { $gt: rev } }),
      from: rowFrom,
      of: (head) => rowFrom(conversationDocument(head)),
    })
  }

  return {
    load,
    catchUp,
    forward,
    headOf: gathered(headsOf),
    headsOf,
    viewOf: gathered(viewsOf),
    viewsOf,
  }
}

/** Runs a write of a checkpoint; that a newer one is there is as good. */
async function unlessAhead(write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!isTaken(error)) throw error
  }
}

/** `before` (null: nothing yet) with one more system message. */
export function fold(id: ConversationId, before: Folded | null, row: SystemRow): Folded {
  const body = JSON.parse(row.body) as SystemBody
  const { seq, rev, senderId, createdAt } = row
  const state: Folded = before ?? {
    id,
    kind: row.pair === undefined ? 'group' : 'direct',
    title: body.event === 'conversation_created' ? body.title : null,
    description: '',
    createdBy: senderId,
    createdAt,
    foldedSeq: 0,
    membersRev: 0,
    members: new Map(),
  }
  const effect = effectOf(state, body, { senderId, seq, rev, createdAt })
  const settings = effect.settings ?? state.settings
  const isMoved = effect.removed.length + effect.put.length > 0
  const members = isMoved ? new Map(state.members) : state.members
  if (members instanceof Map) {
    for (const userId of effect.removed) members.delete(userId)
    for (const member of effect.put) members.set(member.userId, member)
  }
  return {
    ...state,
    title: effect.title === undefined ? state.title : effect.title,
    description: effect.description ?? state.description,
    avatarId: effect.avatarId === undefined ? (state.avatarId ?? null) : effect.avatarId,
    ...(settings !== undefined && { settings }),
    foldedSeq: seq,
    membersRev: isMoved ? rev : state.membersRev,
    members,
  }
}

function viewFrom({ id, membersRev, members }: Folded): MembersView {
  return { conversationId: id, membersRev, members }
}

function foldedFrom({ _id, members, ...rest }: MembershipDocument): Folded {
  return { ...rest, id: _id, members: new Map(members.map((member) => [member.userId, member])) }
}

export function membershipDocument({ id, members, ...rest }: Folded): MembershipDocument {
  return { ...rest, _id: id, members: [...members.values()] }
}

export function conversationDocument({ folded, rev, lastSeq, activeAt }: Head): ConversationDocument {
  const { id, kind, title, description, avatarId, settings, createdBy, createdAt, membersRev, members } =
    folded
  return {
    _id: id,
    kind,
    title,
    description,
    avatarId: avatarId ?? null,
    ...(settings !== undefined && { settings }),
    createdBy,
    createdAt,
    rev,
    lastSeq,
    membersRev,
    memberCount: members.size,
    activeAt,
  }
}

export function rowFrom(document: ConversationDocument): ConversationRow {
  const { _id, rev, lastSeq, membersRev, activeAt, settings = {}, ...header } = document
  return { header: { ...header, id: _id, settings }, rev, lastSeq, membersRev, activeAt }
}
