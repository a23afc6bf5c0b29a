// Looks at one conversation: its log, read once and as it was at the rev of its header, and what is kept beside it. A
// server that writes meanwhile changes neither. What the rows must be to each other is decided by the port's
// `examine.ts`.
import type { Db } from 'mongodb'
import { blockOf, SystemBody, type ConversationId, type Reaction, type UserId } from '@palabre/protocol'
import {
  beginExamination,
  type Derived,
  type Finding,
  type HeldMember,
  type LogRow,
} from '../../port/examine.ts'
import { memosOf, type MemoDocument } from '../digests.ts'
import { numbersAt, type Numbers } from '../instant.ts'
import { receiptId, receiptsOf } from '../receipts.ts'
import {
  conversationsOf,
  keyOf,
  membershipsOf,
  messagesOf,
  type ConversationDocument,
  type MembershipDocument,
  type MessageDocument,
} from '../rows.ts'

/** What is found, and whether it may have reached a device. */
export interface Found extends Finding {
  wasBelieved: boolean
}

export interface Looked {
  findings: Found[]
  /** Who is named in the log, and where for the first time. */
  named: Map<UserId, string>
  /** Null: there is no log. */
  derived: Derived | null
  messages: number
}

/** Null: there is no such conversation. */
export async function lookAt(db: Db, id: ConversationId): Promise<Looked | null> {
  const [membership, memo, marks] = await Promise.all([
    membershipsOf(db).findOne({ _id: { $eq: id } }),
    memosOf(db).findOne({ _id: { $eq: id } }),
    marksOf(db, id),
  ])
  // The header last: nothing that was read before is ahead of it.
  const header = await conversationsOf(db).findOne({ _id: { $eq: id } })
  if (header === null) return null

  const examining = beginExamination(header.kind)
  const named = new Map<UserId, string>([[header.createdBy, `conversation ${id}`]])
  const ofDocuments: Finding[] = []
  const changed = new Set<number>()
  let lastSystem = 0
  let newest = 0
  const found = messagesOf(db)
    .find({ conversationId: { $eq: id } })
    .sort({ seq: 1 })
  for await (const document of found) {
    const { seq, rev } = document
    newest = Math.max(newest, rev)
    if (rev > Math.min(memo?.rev ?? 0, header.rev)) changed.add(blockOf(seq))
    const numbers = numbersAt(document, header.rev)
    if (numbers === null) continue
    ofDocuments.push(...documentFindings(document))
    for (const userId of namedIn(document)) named.set(userId, named.get(userId) ?? `message ${document.id}`)
    if (document.kind === 'system') lastSystem = seq
    examining.take(rowFrom(document, numbers))
  }

  const { findings, derived, messages } = examining.end({
    id,
    kind: header.kind,
    header,
    members: heldMembers(membership, marks),
    digests: null,
  })
  const more =
    derived === null
      ? []
      : [...checkpointFindings(membership, derived, lastSystem), ...memoFindings(memo, changed, derived)]
  const isBehind = newest > header.rev
  return {
    findings: [
      ...[...findings, ...ofDocuments, ...more].map((finding) => ({
        ...finding,
        wasBelieved: finding.check !== 'digests',
      })),
      // No device has seen it: whoever asks for a header gets that of the log.
      ...(isBehind ? [behind(header, newest)] : []),
    ],
    named,
    derived,
    messages,
  }
}

function behind({ rev }: ConversationDocument, newest: number): Found {
  const says = `its header is at rev ${rev}, its log at ${newest}`
  return { check: 'header', says, canRepair: true, wasBelieved: false }
}

async function marksOf(db: Db, id: ConversationId) {
  const receipts = await receiptsOf(db)
    .find({ conversationId: { $eq: id } })
    .toArray()
  return new Map(receipts.map((receipt) => [receipt._id, receipt]))
}

/** Marks are floored where the member joined, as they are when they are read. */
function heldMembers(
  membership: MembershipDocument | null,
  marks: Awaited<ReturnType<typeof marksOf>>,
): Map<UserId, HeldMember> {
  const members = new Map<UserId, HeldMember>()
  for (const member of membership?.members ?? []) {
    const held = marks.get(receiptId(membership?._id ?? ('' as ConversationId), member.userId))
    members.set(member.userId, {
      ...member,
      deliveredSeq: Math.max(held?.deliveredSeq ?? 0, member.joinedSeq),
      readSeq: Math.max(held?.readSeq ?? 0, member.joinedSeq),
    })
  }
  return members
}

function rowFrom(document: MessageDocument, { rev, bodyRev, changes }: Numbers): LogRow {
  const { seq, id, senderId, createdAt } = document
  return {
    seq,
    id,
    firstRev: document.revs[0] ?? rev,
    rev,
    bodyRev,
    changes,
    senderId,
    createdAt,
    system: document.kind === 'system' ? document.body : null,
    isReadable: [document.body, document.mentions, document.reactions].every(canBeParsed),
  }
}

function canBeParsed(text: string | null | undefined): boolean {
  return parsed(text) !== undefined
}

/** Undefined: it cannot be read. */
function parsed(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null') as unknown
  } catch {
    return undefined
  }
}

/** Senders, those mentioned, those who reacted, those whom a system message is about. */
function namedIn({ senderId, mentions, reactions }: MessageDocument): UserId[] {
  const reacted = ((parsed(reactions) ?? []) as Reaction[]).flatMap(({ userIds }) => userIds)
  return [senderId, ...((parsed(mentions) ?? []) as UserId[]), ...reacted]
}

function documentFindings(document: MessageDocument): Finding[] {
  const { _id, conversationId, id, seq, rev, revs } = document
  const findings: Finding[] = []
  if (_id !== keyOf(conversationId, id))
    findings.push({ check: 'ids', says: `message ${seq} is kept under another id`, canRepair: false })
  if (revs.at(-1) !== rev)
    findings.push({ check: 'rev', says: `message ${seq} does not know its rev ${rev}`, canRepair: false })
  return findings
}

/** The checkpoint of members holds more than members. */
function checkpointFindings(
  membership: MembershipDocument | null,
  { header, isSystemSure }: Derived,
  lastSystem: number,
): Finding[] {
  if (membership === null) return []
  const { title, description, membersRev, foldedSeq } = membership
  const isRight =
    title === header.title &&
    description === header.description &&
    membersRev === header.membersRev &&
    foldedSeq === lastSystem
  return isRight
    ? []
    : [
        {
          check: 'members',
          says: `what is kept of its system messages is not what the log says (up to ${foldedSeq} of ${lastSystem})`,
          canRepair: isSystemSure,
        },
      ]
}

/** What is remembered of full blocks that have not changed since. */
function memoFindings(
  memo: MemoDocument | null,
  changed: ReadonlySet<number>,
  { digests }: Derived,
): Finding[] {
  return Object.entries(memo?.sealed ?? {})
    .filter(([block, digest]) => !changed.has(Number(block)) && digests.sealed.get(Number(block)) !== digest)
    .map(([block]) => ({
      check: 'digests',
      says: `the digest of block ${block} is not that of its messages`,
      canRepair: true,
    }))
}

/** Whether it is the message that makes a conversation. */
export function makesOne({ kind, body }: Pick<MessageDocument, 'kind' | 'body'>): boolean {
  const read = SystemBody.safeParse(parsed(body))
  return kind === 'system' && read.success && read.data.event === 'conversation_created'
}
