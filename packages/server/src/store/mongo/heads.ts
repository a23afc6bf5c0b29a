// What a conversation is, as its log says (LOG-6): its numbers, its header, its members. Read from the newest numbers
// and the checkpoints, of which one that lies behind the log is made again on the way, and stored again.
// The highest rev is read before anything else: whatever is committed meanwhile has a higher one, so who then takes
// highest + 1 under the unique index has seen all there was (LOG-3). Keeps nothing in memory.
import type { Db } from 'mongodb'
import type { ConversationId, SystemBody, UserId } from '@palabre/protocol'
import type { ConversationRow } from '../port/conversations.ts'
import { effectOf } from '../port/fold.ts'
import type { MemberRow, MembersView } from '../port/members.ts'
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
  /** The members as the log says them; null when there is no such conversation. */
  viewOf(id: ConversationId): Promise<MembersView | null>
  /** Of all of them that are there. */
  viewsOf(ids: ConversationId[]): Promise<Map<ConversationId, MembersView>>
}

/** Commits that are read one by one; of more, the whole head is read again. */
const catchUpMax = 500

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

  async function viewOf(id: ConversationId): Promise<MembersView | null> {
    const [last, held] = await Promise.all([
      messages.findOne(
        { conversationId: { $eq: id }, kind: { $eq: 'system' } },
        { sort: { seq: -1 }, projection: { seq: 1 } },
      ),
      memberships.findOne({ _id: { $eq: id } }),
    ])
    if (last === null) return null
    if (held !== null && held.foldedSeq >= last.seq) return viewFrom(foldedFrom(held))
    const head = await reloaded(id)
    return head === null ? null : viewFrom(head.folded)
  }

  return {
    load,
    catchUp,
    forward,
    async headOf(id) {
      const [held, last] = await Promise.all([conversations.findOne({ _id: { $eq: id } }), newest(id, 'rev')])
      if (last === null) return null
      if (held !== null && held.rev >= last.rev) return rowFrom(held)
      const head = await reloaded(id)
      return head === null ? null : rowFrom(conversationDocument(head))
    },
    viewOf,
    async viewsOf(ids) {
      const [last, held] = await Promise.all([
        messages
          .aggregate<{ _id: ConversationId; seq: number }>([
            { $match: { conversationId: { $in: ids }, kind: { $eq: 'system' } } },
            { $group: { _id: '$conversationId', seq: { $max: '$seq' } } },
          ])
          .toArray(),
        memberships.find({ _id: { $in: ids } }).toArray(),
      ])
      const checkpoints = new Map(held.map((document) => [document._id, document]))
      const views = new Map<ConversationId, MembersView>()
      for (const { _id, seq } of last) {
        const checkpoint = checkpoints.get(_id)
        const view =
          checkpoint !== undefined && checkpoint.foldedSeq >= seq
            ? viewFrom(foldedFrom(checkpoint))
            : await viewOf(_id)
        if (view !== null) views.set(_id, view)
      }
      return views
    },
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
    foldedSeq: seq,
    membersRev: isMoved ? rev : state.membersRev,
    members,
  }
}

export function viewFrom({ id, membersRev, members }: Folded): MembersView {
  return { conversationId: id, membersRev, members }
}

function foldedFrom({ _id, members, ...rest }: MembershipDocument): Folded {
  return { ...rest, id: _id, members: new Map(members.map((member) => [member.userId, member])) }
}

function membershipDocument({ id, members, ...rest }: Folded): MembershipDocument {
  return { ...rest, _id: id, members: [...members.values()] }
}

function conversationDocument({ folded, rev, lastSeq, activeAt }: Head): ConversationDocument {
  const { id, kind, title, description, createdBy, createdAt, membersRev, members } = folded
  return {
    _id: id,
    kind,
    title,
    description,
    avatarId: null,
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
  const { _id, rev, lastSeq, membersRev, activeAt, ...header } = document
  return { header: { ...header, id: _id, settings: {} }, rev, lastSeq, membersRev, activeAt }
}
