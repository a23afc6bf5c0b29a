// What the rows of one conversation must be to each other (LOG-1 … LOG-7, REC-1), as a pure function over its log in
// seq order: what is wrong, and the header and members as the log says they are. Every engine's doctor calls it.
// It keeps one number a message in memory, and reads each message once.
import {
  addDigests,
  blockOf,
  digestOf,
  type ConversationId,
  type MarkPair,
  type MessageId,
  type SystemBody,
  type UserId,
} from '@palabre/protocol'
import type { Fault } from './doctor.ts'
import { effectOf } from './fold.ts'
import type { MemberRow } from './members.ts'

export interface LogRow {
  seq: number
  id: MessageId
  firstRev: number
  rev: number
  bodyRev: number
  /** How often it was changed; each time took a rev. */
  changes: number
  senderId: UserId
  createdAt: number
  /** Of a system message, as stored; null for others. */
  system: string | null
  /** Its body and lists can be parsed. */
  isReadable: boolean
}

export interface Header {
  title: string | null
  description: string
  rev: number
  lastSeq: number
  membersRev: number
  memberCount: number
  activeAt: number
}

/** Of full blocks, and of the one that is still open (DIG-2). */
export interface HeldDigests {
  sealed: ReadonlyMap<number, number>
  open: number
}

export interface HeldMember extends MemberRow, MarkPair {}

export interface HeldConversation {
  id: ConversationId
  kind: 'direct' | 'group'
  header: Header
  members: ReadonlyMap<UserId, HeldMember>
  /** Null: none are kept beside the log. */
  digests: HeldDigests | null
}

/** As the log says it. */
export interface Derived {
  header: Header
  members: Map<UserId, MemberRow>
  digests: HeldDigests
  /** Numbers and digests may be set by it. */
  areNumbersSure: boolean
  /** Who is in it, and what it is called, may be set by it. */
  isSystemSure: boolean
}

export type Finding = Omit<Fault, 'where'>

export interface Examination {
  findings: Finding[]
  /** Null when there is no log. */
  derived: Derived | null
  messages: number
}

/** Findings of a kind that one conversation is told with. */
const eachMax = 3

/** Takes the log's messages one by one, in seq order, for engines that cannot be read in one go. */
export interface Examining {
  take(row: LogRow): void
  /** @param held what is kept beside the log */
  end(held: HeldConversation): Examination
}

/** All of a log at once. */
export function examineConversation(held: HeldConversation, log: Iterable<LogRow>): Examination {
  const examining = beginExamination(held.kind)
  for (const row of log) examining.take(row)
  return examining.end(held)
}

/**
 * A log that has lost messages does not say any more who was removed: then nobody is put back by it. That its end
 * was lost shows only in a header that is ahead of it.
 */
export function beginExamination(kind: HeldConversation['kind']): Examining {
  const findings: Finding[] = []
  const told = new Map<string, number>()
  function find(check: Finding['check'], says: string, canRepair = false): void {
    const count = (told.get(check) ?? 0) + 1
    told.set(check, count)
    if (count <= eachMax) findings.push({ check, says, canRepair })
  }

  const state = {
    kind,
    title: null as string | null,
    description: '',
    members: new Map<UserId, MemberRow>(),
  }
  const revs = new Set<number>()
  const blocks = new Map<number, number>()
  let isComplete = true
  let membersRev = 0
  let [messages, taken, lastSeq, maxRev] = [0, 0, 0, 0]
  let [lastFirstRev, lastAt] = [0, -Infinity]

  function fold(row: LogRow, text: string): void {
    const body = JSON.parse(text) as SystemBody
    const { seq, firstRev: rev, senderId, createdAt } = row
    if (body.event === 'conversation_created') state.title = body.title
    const effect = effectOf(state, body, { senderId, seq, rev, createdAt })
    for (const id of effect.removed) state.members.delete(id)
    for (const member of effect.put) {
      // Who is in already keeps their place: only the role is new.
      const before = state.members.get(member.userId)
      state.members.set(member.userId, before === undefined ? member : { ...before, role: member.role })
    }
    if (effect.removed.length + effect.put.length > 0) membersRev = rev
    if (effect.title !== undefined) state.title = effect.title
    if (effect.description !== undefined) state.description = effect.description
  }

  function take(row: LogRow): void {
    const { seq, rev, firstRev, bodyRev, changes } = row
    messages += 1
    taken += 1 + changes
    if (seq !== lastSeq + 1) {
      find('seq', `message ${seq} follows message ${lastSeq}`)
      isComplete = false
    }
    if (revs.has(rev)) find('rev', `rev ${rev} is there twice, at message ${seq} too`)
    if ((changes === 0) !== (rev === firstRev) || rev < firstRev || bodyRev < firstRev || bodyRev > rev)
      find('rev', `message ${seq} has revs ${firstRev}, ${bodyRev} and ${rev} after ${changes} changes`)
    if (firstRev <= lastFirstRev)
      find('order', `message ${seq} took rev ${firstRev}, the one before ${lastFirstRev}`)
    if (row.createdAt < lastAt) find('order', `message ${seq} is older than the one before it`)
    if (!row.isReadable) find('body', `message ${seq} cannot be read`)
    revs.add(rev)
    const block = blockOf(seq)
    blocks.set(block, addDigests(blocks.get(block) ?? 0, digestOf(row)))
    lastSeq = seq
    lastFirstRev = firstRev
    lastAt = row.createdAt
    maxRev = Math.max(maxRev, rev)
    if (row.system === null) return
    try {
      fold(row, row.system)
    } catch {
      isComplete = false
    }
  }

  function end(held: HeldConversation): Examination {
    if (messages === 0) {
      find('seq', 'it has no messages, not even the one that made it')
      return { findings, derived: null, messages }
    }
    if (taken !== maxRev) find('rev', `${taken} changes were made, but the highest rev is ${maxRev}`)
    const header: Header = {
      title: state.title,
      description: state.description,
      rev: maxRev,
      lastSeq,
      membersRev,
      memberCount: state.members.size,
      activeAt: lastAt,
    }
    const { members } = state
    const digests = digestsFrom(blocks, lastSeq)
    const ofSystem = [
      ...headerFindings(held.header, header, systemFields),
      ...memberFindings(held.members, members),
    ]
    const isAhead = held.header.rev > maxRev || held.header.lastSeq > lastSeq
    const isSystemSure = isComplete && !(isAhead && ofSystem.length > 0)
    const areNumbersSure = !(isAhead && ofSystem.length > 0)
    for (const finding of ofSystem) find(finding.check, finding.says, isSystemSure)
    const ofNumbers = [
      ...headerFindings(held.header, header, numberFields),
      ...markFindings(held.members, lastSeq),
      ...(held.digests === null ? [] : digestFindings(held.digests, digests)),
    ]
    for (const finding of ofNumbers) find(finding.check, finding.says, areNumbersSure)
    return { findings, derived: { header, members, digests, areNumbersSure, isSystemSure }, messages }
  }

  return { take, end }
}

type Said = Pick<Finding, 'check' | 'says'>

/** What system messages say, and what every message does. */
const systemFields = ['title', 'description', 'membersRev', 'memberCount'] as const satisfies (keyof Header)[]
const numberFields = ['rev', 'lastSeq', 'activeAt'] as const satisfies (keyof Header)[]

function* headerFindings(held: Header, derived: Header, fields: readonly (keyof Header)[]): Iterable<Said> {
  for (const field of fields) {
    const [is, should] = [held[field], derived[field]]
    if (is !== should)
      yield { check: 'header', says: `${field} is ${shown(is)}, by the log ${shown(should)}` }
  }
}

function* memberFindings(
  held: ReadonlyMap<UserId, MemberRow>,
  derived: ReadonlyMap<UserId, MemberRow>,
): Iterable<Said> {
  for (const [userId, should] of derived) {
    const is = held.get(userId)
    if (is === undefined) yield { check: 'members', says: `user ${userId} is missing` }
    else if (
      is.role !== should.role ||
      is.joinedSeq !== should.joinedSeq ||
      is.joinedRev !== should.joinedRev ||
      is.joinedAt !== should.joinedAt
    )
      yield { check: 'members', says: `user ${userId} has another role or beginning than the log says` }
  }
  for (const userId of held.keys()) {
    if (!derived.has(userId)) yield { check: 'members', says: `user ${userId} is in it, but not by the log` }
  }
}

function* markFindings(held: ReadonlyMap<UserId, HeldMember>, lastSeq: number): Iterable<Said> {
  for (const { userId, joinedSeq, deliveredSeq, readSeq } of held.values()) {
    const areWithin = joinedSeq <= readSeq && readSeq <= deliveredSeq && deliveredSeq <= lastSeq
    if (!areWithin)
      yield {
        check: 'marks',
        says: `user ${userId} has got ${deliveredSeq} and read ${readSeq} of ${joinedSeq} to ${lastSeq}`,
      }
  }
}

function digestsFrom(blocks: ReadonlyMap<number, number>, lastSeq: number): HeldDigests {
  const openBlock = blockOf(lastSeq + 1)
  return {
    sealed: new Map([...blocks].filter(([block]) => block < openBlock)),
    open: blocks.get(openBlock) ?? 0,
  }
}

function* digestFindings(held: HeldDigests, derived: HeldDigests): Iterable<Said> {
  for (const block of new Set([...held.sealed.keys(), ...derived.sealed.keys()])) {
    if (held.sealed.get(block) !== derived.sealed.get(block))
      yield { check: 'digests', says: `the digest of block ${block} is not that of its messages` }
  }
  if (held.open !== derived.open)
    yield { check: 'digests', says: 'the digest of the open block is not that of its messages' }
}

/** The nearest marks that can be. */
export function clipMarks({ deliveredSeq, readSeq }: MarkPair, joinedSeq: number, lastSeq: number): MarkPair {
  const clip = (seq: number) => Math.min(Math.max(seq, joinedSeq), lastSeq)
  return { deliveredSeq: Math.max(clip(deliveredSeq), clip(readSeq)), readSeq: clip(readSeq) }
}

function shown(value: string | number | null): string {
  // A title is people's own: it is not for an operator's screen.
  return typeof value === 'number' ? String(value) : value === null ? 'empty' : 'another text'
}
