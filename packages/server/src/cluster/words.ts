// What nodes say to each other outside of conversations' rooms, and how it is checked. A word that is not understood
// (another version's, a stranger's) is dropped: all of them are hints.
import { z } from 'zod'
import { ConversationId, SessionId, UserId } from '@palabre/protocol'

const seq = z.int().nonnegative()

export const Word = z.discriminatedUnion('is', [
  /** Every second: I am here. */
  z.object({ is: z.literal('beat') }),
  /** I have missed something of this node, or of all: say again who is there. */
  z.object({ is: z.literal('ask'), of: z.string().nullable() }),
  /** I go. Who was there through me has the usual grace to come back through another. */
  z.object({ is: z.literal('bye') }),
  /** Statuses of users of this node. `part`: of a list of all of them, which replaces what was known. */
  z.object({
    is: z.literal('people'),
    part: z.enum(['only', 'first', 'more', 'last']).nullable(),
    people: z.array(z.tuple([UserId, z.enum(['online', 'away', 'offline']), z.int().nullable()])),
  }),
  /** A device has said over HTTP whether it is in use. */
  z.object({ is: z.literal('device'), sessionId: SessionId, status: z.enum(['online', 'away']) }),
  z.object({ is: z.literal('ended'), sessionIds: z.array(SessionId) }),
  z.object({ is: z.literal('members'), conversationId: ConversationId }),
  /** What these people have decided about others has changed. */
  z.object({ is: z.literal('rules'), userId: UserId }),
  z.object({ is: z.literal('marks'), marks: z.array(z.tuple([ConversationId, UserId, seq, seq])) }),
])
export type Word = z.infer<typeof Word>

export const Envelope = z.object({
  from: z.string().min(1).max(64),
  /** Counts a node's words from 1: a number left out was lost. */
  n: z.int().positive(),
  epoch: z.string(),
  word: Word,
})
export type Envelope = z.infer<typeof Envelope>
