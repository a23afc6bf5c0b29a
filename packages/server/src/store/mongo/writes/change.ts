// Changing messages (LOG-4, LOG-7): the document moves from the rev that was read to the next one of the conversation,
// or not at all. Changes of one message that wait together become one update, in which each takes a rev of its own; of a
// message only its latest state is kept (LOG-5).
// Whatever is answered without such an update (a repeat, a refusal, no change) is concluded from a head that was read
// after the message: nobody is shown what was written after they were put out (MEM-2).
import type { Db, UpdateFilter } from 'mongodb'
import { limits, PalabreError, type Message, type UserId } from '@palabre/protocol'
import type { Alter, Changed } from '../../port/log.ts'
import type { StoreObserver } from '../../port/store.ts'
import type { Head } from '../heads.ts'
import { moment, type Line, type WaitingChange } from '../line.ts'
import {
  keyOf,
  listText,
  mediaIn,
  messageFrom,
  messagesOf,
  operationName,
  type MessageDocument,
} from '../rows.ts'
import { isTaken } from '../taking.ts'
import { wordsOf } from '../words.ts'
import { outcomeOf } from './outcome.ts'

/** Settles what it can, and answers those that must be tried again, in their order. */
export type Changing = (line: Line, entries: readonly WaitingChange[]) => Promise<WaitingChange[]>

/** A message, and how often it was changed. */
interface Read {
  message: Message
  changes: number
}

interface Step {
  entry: WaitingChange
  /** As it is once the step is stored. */
  message: Message
  operation: string | null
}

const fields = { revs: 0, operations: 0, hash: 0, pair: 0, words: 0 } as const

export function changing(db: Db, observer: StoreObserver | undefined): Changing {
  const messages = messagesOf(db)

  async function read({ target }: WaitingChange): Promise<Read | null> {
    const found = await messages.findOne(
      { _id: { $eq: keyOf(target.conversationId, target.id) } },
      { projection: fields },
    )
    return found === null ? null : { message: messageFrom(found), changes: found.changes }
  }

  async function isKnown(operation: string): Promise<boolean> {
    const found = await messages.findOne({ operations: { $eq: operation } }, { projection: { _id: 1 } })
    return found !== null
  }

  /** The steps that can be stored together, from the first entry on. */
  function stepsOf(head: Head, before: Read, entries: readonly WaitingChange[]): Step[] {
    const steps: Step[] = []
    const operations = new Set<string>()
    let { message } = before
    for (const entry of entries) {
      const { target, alter } = entry
      const joinedSeq = joinedSeqOf(head, target.userId)
      const operation = operationOf(entry)
      const isRoom = target.userId === null || before.changes + steps.length < limits.changesPerMessage
      if (joinedSeq === null || message.seq < joinedSeq || !isRoom) break
      if (operation !== null && operations.has(operation)) break
      const altered = attempt(alter, message)
      if (altered === null || altered === message) break
      const rev = head.rev + steps.length + 1
      message = placed(altered, message, rev, target.movesBody)
      if (operation !== null) operations.add(operation)
      steps.push({ entry, message, operation })
    }
    return steps
  }

  /** False when the message has moved, or knows one of the operations, or others were faster. */
  async function store(before: Message, steps: readonly Step[]): Promise<boolean | 'unknown'> {
    const last = steps.at(-1)?.message ?? before
    const operations = steps.flatMap(({ operation }) => (operation === null ? [] : [operation]))
    const update: UpdateFilter<MessageDocument> = {
      $set: columnsOf(last),
      $inc: { changes: steps.length },
      $push: {
        revs: { $each: steps.map(({ message }) => message.rev) },
        ...(operations.length > 0 && { operations: { $each: operations } }),
      },
    }
    try {
      const { matchedCount } = await messages.updateOne(
        {
          _id: { $eq: keyOf(before.conversationId, before.id) },
          rev: { $eq: before.rev },
          ...(operations.length > 0 && { operations: { $nin: operations } }),
        },
        update,
      )
      return matchedCount === 1
    } catch (error) {
      return outcomeOf(error).kind === 'unknown' ? 'unknown' : false
    }
  }

  /** Remembers an operation that changed nothing; false when the message has moved, or it is known. */
  async function remember(message: Message, operation: string): Promise<boolean> {
    try {
      const { matchedCount } = await messages.updateOne(
        {
          _id: { $eq: keyOf(message.conversationId, message.id) },
          rev: { $eq: message.rev },
          operations: { $ne: operation },
        },
        { $push: { operations: operation } },
      )
      return matchedCount === 1
    } catch (error) {
      if (isTaken(error)) return false
      throw error
    }
  }

  /** Answers what takes no rev; false: it does take one, or must be looked at again. */
  async function settleOne(line: Line, entry: WaitingChange): Promise<boolean> {
    const { target, alter } = entry
    const operation = operationOf(entry)
    const [found, isRepeat] = await Promise.all([read(entry), operation !== null && isKnown(operation)])
    const head = await line.headSince(moment())
    const joinedSeq = head === null ? null : joinedSeqOf(head, target.userId)
    if (head === null || joinedSeq === null) throw new PalabreError('MEMBER_REQUIRED')
    if (found === null || found.message.seq < joinedSeq) throw new PalabreError('MESSAGE_NOT_FOUND')
    const { message, changes } = found
    const { membersRev } = head.folded
    if (isRepeat) return answer({ outcome: 'repeat', message, membersRev })
    if (alter(message) !== message) {
      if (target.userId !== null && changes >= limits.changesPerMessage)
        throw new PalabreError('MESSAGE_CHANGES_EXHAUSTED')
      return false
    }
    if (operation !== null && !(await remember(message, operation))) return false
    return answer({ outcome: 'unchanged', message, membersRev })

    async function answer(changed: Changed): Promise<true> {
      // What a node that died has left behind is seen to first.
      if (head !== null) await line.kept(head)
      entry.resolve(changed)
      return true
    }
  }

  /** The same; a refusal is an answer too. */
  async function settle(line: Line, entry: WaitingChange): Promise<boolean> {
    try {
      return await settleOne(line, entry)
    } catch (error) {
      entry.reject(error)
      return true
    }
  }

  /** Answers those of which the operation was made before. */
  async function settleKnown(line: Line, entries: readonly WaitingChange[], steps: readonly Step[]) {
    const settled = new Set<WaitingChange>()
    for (const { entry, operation } of steps) {
      if (operation === null || !(await isKnown(operation))) continue
      if (await settle(line, entry)) settled.add(entry)
    }
    return entries.filter((entry) => !settled.has(entry))
  }

  async function answerStored(line: Line, head: Head, { entry, message }: Step): Promise<void> {
    try {
      await line.kept(head)
      entry.resolve({ outcome: 'stored', message, membersRev: head.folded.membersRev })
    } catch (error) {
      entry.reject(error)
    }
  }

  return async (line, entries) => {
    const [first, ...others] = entries
    if (first === undefined) return []
    const [before, head] = await Promise.all([read(first), line.head()])
    const steps = head === null || before === null ? [] : stepsOf(head, before, entries)
    if (head === null || before === null || steps.length === 0)
      return (await settle(line, first)) ? others : [...entries]
    const at = moment()
    const startedAt = performance.now()
    const isStored = before.message.rev <= head.rev && (await store(before.message, steps))
    if (isStored === true) {
      const moved = { ...head, rev: head.rev + steps.length }
      line.moved(moved, at)
      observer?.committed({ durationMs: performance.now() - startedAt, operations: steps.length })
      for (const step of steps) void answerStored(line, moved, step)
      return entries.slice(steps.length)
    }
    if (isStored === 'unknown') {
      line.forget()
      return entries.filter((entry) => !refuseUnknown(entry))
    }
    const [now, headNow] = await Promise.all([read(first), line.headSince(moment())])
    if (now?.message.rev !== before.message.rev || headNow?.rev !== head.rev) return [...entries]
    // Nothing has moved: one of the operations was made before.
    return settleKnown(line, entries, steps)
  }
}

/** The first message that somebody may change; the server may change any. Null: no member. */
function joinedSeqOf(head: Head, userId: UserId | null): number | null {
  return userId === null ? 1 : (head.folded.members.get(userId)?.joinedSeq ?? null)
}

/** Without an `opId` nobody could tell that the change was made, and it would be made twice. */
function refuseUnknown({ target, reject }: WaitingChange): boolean {
  if (target.opId !== null) return false
  reject(new PalabreError('STORE_UNAVAILABLE', { cause: new Error('the outcome of a change is unknown') }))
  return true
}

function operationOf({ target: { userId, opId } }: WaitingChange): string | null {
  return opId === null || userId === null ? null : operationName(userId, opId)
}

/** Null when it refuses, or fails. */
function attempt(alter: Alter, message: Message): Message | null {
  try {
    return alter(message)
  } catch {
    return null
  }
}

/** What may not be altered stays as it was. */
function placed(altered: Message, before: Message, rev: number, movesBody: boolean): Message {
  const { id, conversationId, seq, senderId, createdAt, sentAt } = before
  const bodyRev = movesBody ? rev : before.bodyRev
  return { ...altered, id, conversationId, seq, rev, bodyRev, senderId, createdAt, sentAt }
}

function columnsOf(message: Message) {
  return {
    rev: message.rev,
    bodyRev: message.bodyRev,
    body: JSON.stringify(message.body),
    replyTo: message.replyTo,
    forwarded: message.forwarded,
    media: mediaIn(message.body),
    hops: message.hops ?? null,
    mentions: listText(message.mentions),
    reactions: listText(message.reactions),
    editedAt: message.editedAt,
    deletedAt: message.deletedAt,
    pinnedAt: message.pinnedAt,
    expiresAt: message.expiresAt,
    words: wordsOf(message),
  }
}
