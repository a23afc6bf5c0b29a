// PURE: the changes of a poll, for both ends: voting, and closing it (POLL-2, POLL-3). Without a schema, so that a page
// can before it has any.
import { PalabreError } from '../errors.ts'
import type { UserId } from '../ids.ts'
import type { Message, MessageOf } from '../messages.ts'

/**
 * One person's vote: all that they choose, in place of what they had chosen; nothing takes it back. Pure: returns the
 * same object when nothing changes.
 * @throws MESSAGE_FIXED, MESSAGE_DELETED, POLL_CLOSED, INVALID
 */
export function castVote(message: Message, userId: UserId, choices: readonly number[]): Message {
  const poll = pollIn(message)
  const { options, isMultiple, votes, closedAt } = poll.body
  if (closedAt !== null) throw new PalabreError('POLL_CLOSED')
  const chosen = [...new Set(choices)].sort((a, b) => a - b)
  if (chosen.some((choice) => !options[choice]) || (chosen.length > 1 && !isMultiple))
    throw new PalabreError('INVALID')
  const now = votes.filter((vote) => vote.userId !== userId)
  const before = votes.find((vote) => vote.userId === userId)?.choices ?? []
  const isSame = before.join() === chosen.join()
  if (isSame) return message
  if (chosen.length > 0) now.push({ userId, choices: chosen })
  return { ...poll, body: { ...poll.body, votes: now } }
}

/**
 * Ends a poll for good at `now`. Pure: returns the same object when nothing changes.
 * @throws MESSAGE_FIXED, MESSAGE_DELETED, MESSAGE_AUTHOR_REQUIRED
 */
export function closePollBody(
  message: Message,
  by: { userId: UserId; isModerator: boolean; now: number },
): Message {
  const poll = pollIn(message)
  if (poll.senderId !== by.userId && !by.isModerator) throw new PalabreError('MESSAGE_AUTHOR_REQUIRED')
  return poll.body.closedAt === null ? { ...poll, body: { ...poll.body, closedAt: by.now } } : message
}

function pollIn(message: Message): MessageOf<'poll'> {
  if (message.kind !== 'poll') throw new PalabreError('MESSAGE_FIXED')
  if (message.deletedAt !== null) throw new PalabreError('MESSAGE_DELETED')
  return message
}
