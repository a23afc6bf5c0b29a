// What the rows of one conversation must be to each other (LOG-1 … LOG-7, REC-1), as a pure function over its log in
// seq order: what is wrong, and the header and members as the log says they are. Every engine's doctor calls it.
// It keeps one number a message in memory, and reads each message once.
import type { ConversationId, MarkPair, SystemBody, UserId } from '@palabre/protocol'
import type { Fault } from './doctor.ts'
import { effectOf } from './fold.ts'
import type { MemberRow } from './members.ts'

export interface LogRow {
  seq: number
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

export interface HeldMember extends MemberRow, MarkPair {}

export interface HeldConversation {
  id: ConversationId
  kind: 'direct' | 'group'
  header: Header
  members: ReadonlyMap<UserId, HeldMember>
}

/** As the log says it; null when the log cannot be read from its beginning. */
export interface Derived {
  header: Header
  members: Map<UserId, MemberRow>
}

export type Finding = Omit<Fault, 'where'>

export interface Examination {
  findings: Finding[]
  derived: Derived | null
  messages: number
}

/** Findings of a kind that one conversation is told with. */
const eachMax = 3

export function examineConversation(held: HeldConversation, log: Iterable<LogRow>): Examination {
  const findings: Finding[] = []
  const told = new Map<string, number>()
  function find(check: Finding['check'], says: string, canRepair = false): void {
    const count = (told.get(check) ?? 0) + 1
    told.set(check, count)
    if (count <= eachMax) findings.push({ check, says, canRepair })
  }

  const state = {
    kind: held.kind,
    title: null as string | null,
    description: '',
    members: new Map<UserId, MemberRow>(),
  }
  const revs = new Set<number>()
  let isFoldable = true
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

  for (const row of log) {
    const { seq, rev, firstRev, bodyRev, changes } = row
    messages += 1
    taken += 1 + changes
    if (seq !== lastSeq + 1) find('seq', `message ${seq} follows message ${lastSeq}`)
    if (revs.has(rev)) find('rev', `rev ${rev} is there twice, at message ${seq} too`)
    if ((changes === 0) !== (rev === firstRev) || rev < firstRev || bodyRev < firstRev || bodyRev > rev)
      find('rev', `message ${seq} has revs ${firstRev}, ${bodyRev} and ${rev} after ${changes} changes`)
    if (firstRev <= lastFirstRev)
      find('order', `message ${seq} took rev ${firstRev}, the one before ${lastFirstRev}`)
    if (row.createdAt < lastAt) find('order', `message ${seq} is older than the one before it`)
    if (!row.isReadable) find('body', `message ${seq} cannot be read`)
    revs.add(rev)
    lastSeq = seq
    lastFirstRev = firstRev
    lastAt = row.createdAt
    maxRev = Math.max(maxRev, rev)
    if (seq === 1 && row.system === null) isFoldable = false
    if (row.system === null) continue
    try {
      fold(row, row.system)
    } catch {
      isFoldable = false
    }
  }

  if (messages === 0) find('seq', 'it has no messages, not even the one that made it')
  else if (taken !== maxRev) find('rev', `${taken} changes were made, but the highest rev is ${maxRev}`)
  if (!isFoldable) find('body', 'a message that says who is in it cannot be read')
  if (messages === 0 || !isFoldable) return { findings, derived: null, messages }

  const derived: Derived = {
    header: {
      title: state.title,
      description: state.description,
      rev: maxRev,
      lastSeq,
      membersRev,
      memberCount: state.members.size,
      activeAt: lastAt,
    },
    members: state.members,
  }
  for (const name of Object.keys(derived.header) as (keyof Header)[]) {
    const [is, should] = [held.header[name], derived.header[name]]
    if (is !== should) find('header', `${name} is ${shown(is)}, by the log ${shown(should)}`, true)
  }
  compareMembers(held, derived, find)
  return { findings, derived, messages }
}

function compareMembers(
  held: HeldConversation,
  { header: { lastSeq }, members }: Derived,
  find: (check: Finding['check'], says: string, canRepair: boolean) => void,
): void {
  for (const [userId, should] of members) {
    const is = held.members.get(userId)
    if (is === undefined) find('members', `user ${userId} is missing`, true)
    else if (
      is.role !== should.role ||
      is.joinedSeq !== should.joinedSeq ||
      is.joinedRev !== should.joinedRev ||
      is.joinedAt !== should.joinedAt
    )
      find('members', `user ${userId} is in with another role or beginning than the log says`, true)
    else if (!areWithin(is, should.joinedSeq, lastSeq))
      find(
        'marks',
        `user ${userId} has marks ${is.deliveredSeq} and ${is.readSeq} of ${should.joinedSeq} to ${lastSeq}`,
        true,
      )
  }
  for (const userId of held.members.keys()) {
    if (!members.has(userId)) find('members', `user ${userId} is in, but the log does not say so`, true)
  }
}

function areWithin({ deliveredSeq, readSeq }: MarkPair, joinedSeq: number, lastSeq: number): boolean {
  return joinedSeq <= readSeq && readSeq <= deliveredSeq && deliveredSeq <= lastSeq
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
