// Appending, many at once (LOG-1 … LOG-6): one ordered insert at the numbers that follow the known head. Under the unique
// indexes its success proves that the head was the newest, and so that the members in it were the members; a number
// that is taken proves that somebody else was faster, or that the message is there already.
import type { Db } from 'mongodb'
import { PalabreError, type UserId } from '@palabre/protocol'
import { expiryOf, refusalOf, settle } from '../../port/fold.ts'
import type { NewMessage } from '../../port/log.ts'
import type { StoreObserver } from '../../port/store.ts'
import { fold, type Head } from '../heads.ts'
import { moment, type Line, type WaitingAppend } from '../line.ts'
import { keyOf, listText, mediaIn, messageFrom, messagesOf, type MessageDocument } from '../rows.ts'
import { needUsers } from '../users.ts'
import { wordsOf } from '../words.ts'
import { outcomeOf } from './outcome.ts'

/** What becomes of a message at one head. */
type Plan = { body: NewMessage['content']['body'] } | { refusal: PalabreError } | 'unchanged'

interface Placed {
  entry: WaitingAppend
  document: MessageDocument
  /** The head once it is stored. */
  head: Head
}

/** Settles what it can, and answers those that must be tried again, in their order. */
export type Appending = (line: Line, entries: readonly WaitingAppend[]) => Promise<WaitingAppend[]>

export function appending(db: Db, observer: StoreObserver | undefined): Appending {
  const messages = messagesOf(db)

  /** Answers those that are stored already; the others are left. */
  async function answerKnown(line: Line, entries: readonly WaitingAppend[]): Promise<WaitingAppend[]> {
    const keys = entries.map(({ message }) => keyOf(message.conversationId, message.id))
    const [found] = await Promise.all([
      messages.find({ _id: { $in: keys } }, { projection: { revs: 0 } }).toArray(),
      line.headSince(moment()),
    ])
    if (found.length === 0) return [...entries]
    // Read after the messages: who is no member by now is not told what they hold (MEM-2).
    const head = await line.headSince(moment())
    const known = new Map(found.map((document) => [document.id, document]))
    const left: WaitingAppend[] = []
    for (const entry of entries) {
      const document = known.get(entry.message.id)
      if (document === undefined || head === null) left.push(entry)
      else void answerRepeat(line, head, entry, document)
    }
    return left
  }

  /** What was stored once is answered as stored for ever (LOG-2), after its header was seen to. */
  async function answerRepeat(
    line: Line,
    head: Head,
    { message, resolve, reject }: WaitingAppend,
    document: Omit<MessageDocument, 'revs'>,
  ): Promise<void> {
    const member = head.folded.members.get(message.senderId)
    if (document.senderId !== message.senderId || document.hash !== message.hash) {
      // Whether an id exists is nothing for strangers to learn.
      reject(new PalabreError(member === undefined ? 'MEMBER_REQUIRED' : 'MESSAGE_ID_CONFLICT'))
      return
    }
    try {
      await line.kept(head)
      resolve({
        outcome: 'repeat',
        message: messageFrom(document),
        isFormerMember: member === undefined || document.seq < member.joinedSeq,
        membersRev: head.folded.membersRev,
      })
    } catch (error) {
      reject(error)
    }
  }

  /** Refuses what is refused still when everything is known, and was not stored before. */
  async function answerDoubtful(line: Line, entries: readonly WaitingAppend[]): Promise<WaitingAppend[]> {
    const head = await line.headSince(Math.max(...entries.map(({ at }) => at)))
    const left: WaitingAppend[] = []
    const refused: WaitingAppend[] = []
    for (const entry of entries) (isReady(planOf(head, entry.message)) ? left : refused).push(entry)
    for (const entry of refused.length === 0 ? [] : await answerKnown(line, refused)) {
      const plan = planOf(head, entry.message)
      if (plan === 'unchanged') {
        const membersRev = head?.folded.membersRev ?? 0
        entry.resolve({ outcome: 'unchanged', message: null, isFormerMember: false, membersRev })
      } else if ('refusal' in plan) entry.reject(plan.refusal)
    }
    return left
  }

  /** Answers how many of them are there; the others met a number, or an id, that was taken. */
  async function insert(line: Line, placed: readonly Placed[]): Promise<number | 'unknown'> {
    const at = moment()
    const startedAt = performance.now()
    let stored = placed.length
    try {
      await messages.insertMany(
        placed.map(({ document }) => document),
        { ordered: true },
      )
    } catch (error) {
      const outcome = outcomeOf(error)
      if (outcome.kind === 'unknown') return 'unknown'
      stored = outcome.stored
    }
    const head = placed[stored - 1]?.head
    if (head === undefined) return stored
    line.moved(head, at)
    observer?.committed({ durationMs: performance.now() - startedAt, operations: stored })
    return stored
  }

  async function answerStored(line: Line, { entry, document, head }: Placed): Promise<void> {
    try {
      await line.kept(head)
      entry.resolve({
        outcome: 'stored',
        message: messageFrom(document),
        isFormerMember: false,
        membersRev: head.folded.membersRev,
      })
    } catch (error) {
      entry.reject(error)
    }
  }

  return async (line, entries) => {
    const head = await line.head()
    const doubtful: WaitingAppend[] = []
    /** The same message again, at once: found when the first is stored. */
    const twins: WaitingAppend[] = []
    const placed = new Map<string, Placed>()
    const added: UserId[] = []
    let last = head
    for (const entry of entries) {
      const plan = planOf(last, entry.message)
      if (last === null || !isReady(plan)) doubtful.push(entry)
      else if (placed.has(entry.message.id)) twins.push(entry)
      else {
        if ('event' in plan.body && plan.body.event === 'members_added') added.push(...plan.body.userIds)
        const next = place(last, entry, plan.body)
        placed.set(entry.message.id, next)
        last = next.head
      }
    }
    await needUsers(db, added)
    const inOrder = [...placed.values()]
    const stored = inOrder.length === 0 ? 0 : await insert(line, inOrder)
    if (stored === 'unknown') line.forget()
    const done = inOrder.slice(0, stored === 'unknown' ? 0 : stored)
    for (const one of done) void answerStored(line, one)
    const rest = [...inOrder.slice(done.length).map(({ entry }) => entry), ...twins]
    const left = rest.length === 0 ? [] : await answerKnown(line, rest)
    const ready = doubtful.length === 0 ? [] : await answerDoubtful(line, doubtful)
    const again = new Set([...left, ...ready])
    return entries.filter((entry) => again.has(entry))
  }
}

function planOf(head: Head | null, { senderId, requires, content, createdAt }: NewMessage): Plan {
  if (head === null) return { refusal: new PalabreError('MEMBER_REQUIRED') }
  const system = content.kind === 'system' ? content.body : null
  const refusal = refusalOf(head.folded, senderId, { requires, body: system })
  if (refusal !== null) return { refusal }
  if (system === null) return { body: content.body }
  try {
    const body = settle(head.folded, system, createdAt)
    return body === null ? 'unchanged' : { body }
  } catch (error) {
    if (error instanceof PalabreError) return { refusal: error }
    throw error
  }
}

function isReady(plan: Plan): plan is Extract<Plan, { body: unknown }> {
  return plan !== 'unchanged' && 'body' in plan
}

/** The message at the numbers that follow `head`. */
function place(head: Head, entry: WaitingAppend, body: NewMessage['content']['body']): Placed {
  const { id, conversationId, senderId, content, replyTo, mentions, hops = 0, sentAt, hash } = entry.message
  const [seq, rev] = [head.lastSeq + 1, head.rev + 1]
  // A clock that is set back, or another node's, must not put a message before the one that it follows.
  const createdAt = Math.max(entry.message.createdAt, head.activeAt)
  const mentioned = listText(mentions)
  const words = wordsOf({ kind: content.kind, body, deletedAt: null })
  const expiresAt = content.kind === 'system' ? null : expiryOf(head.folded.settings, createdAt)
  const document: MessageDocument = {
    _id: keyOf(conversationId, id),
    conversationId,
    seq,
    rev,
    revs: [rev],
    bodyRev: rev,
    id,
    senderId,
    kind: content.kind,
    body: JSON.stringify(body),
    createdAt,
    sentAt,
    hash,
    changes: 0,
    ...(replyTo !== null && { replyTo }),
    ...(mentioned !== null && { mentions: mentioned }),
    ...(words !== null && { words }),
    ...(mediaIn(body) !== null && { media: mediaIn(body) }),
    ...(hops > 0 && { forwarded: true }),
    ...(hops > 1 && { hops }),
    ...(expiresAt !== null && { expiresAt }),
  }
  const folded = content.kind === 'system' ? fold(conversationId, head.folded, document) : head.folded
  return { entry, document, head: { folded, rev, lastSeq: seq, activeAt: createdAt } }
}
