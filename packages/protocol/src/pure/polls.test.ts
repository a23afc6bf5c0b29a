// The pure changes of a poll: what any order of votes leaves, and what is refused.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PalabreError } from '../errors.ts'
import type { UserId } from '../ids.ts'
import { contentOf } from './changes.ts'
import { castVote, closePollBody } from './polls.ts'
import type { Message, MessageOf } from '../messages.ts'

const alice = 'alice' as UserId
const bob = 'bob' as UserId

function asked(isMultiple: boolean): MessageOf<'poll'> {
  const content = contentOf({
    kind: 'poll',
    body: { question: 'When?', options: ['a', 'b', 'c'], isMultiple },
  })
  return { ...content, senderId: alice, deletedAt: null } as MessageOf<'poll'>
}

function refusal(change: () => Message): string | null {
  try {
    change()
    return null
  } catch (error) {
    return error instanceof PalabreError ? error.code : 'another error'
  }
}

const votesOf = (message: Message) => (message.kind === 'poll' ? message.body.votes : [])

test('[POLL-2] of each person the last vote counts, whatever others do, and the same again changes nothing', () => {
  const votes = fc.array(fc.record({ by: fc.constantFrom(alice, bob), choices: fc.uniqueArray(fc.nat(2)) }))
  fc.assert(
    fc.property(votes, (all) => {
      let message: Message = asked(true)
      const last = new Map<UserId, number[]>()
      for (const { by, choices } of all) {
        message = castVote(message, by, choices)
        expect(castVote(message, by, [...choices].reverse())).toBe(message)
        last.set(by, [...choices].sort())
      }
      const expected = [...last].filter(([, choices]) => choices.length > 0)
      expect(new Map(votesOf(message).map(({ userId, choices }) => [userId, choices]))).toEqual(
        new Map(expected),
      )
    }),
  )
})

test('[POLL-1] [POLL-2] what no option is, and several where one may be chosen, is refused', () => {
  const one = asked(false)
  expect(refusal(() => castVote(one, bob, [3]))).toBe('INVALID')
  expect(refusal(() => castVote(one, bob, [0, 1]))).toBe('INVALID')
  expect(refusal(() => castVote({ ...one, deletedAt: 1 }, bob, [0]))).toBe('MESSAGE_DELETED')
  expect(refusal(() => castVote({ ...one, kind: 'text', body: { text: '' } }, bob, [0]))).toBe(
    'MESSAGE_FIXED',
  )
})

test('[POLL-3] a poll ends once, by its author or a moderator', () => {
  const by = { userId: bob, isModerator: false, now: 5 }
  expect(refusal(() => closePollBody(asked(false), by))).toBe('MESSAGE_AUTHOR_REQUIRED')
  expect(refusal(() => closePollBody(asked(false), { ...by, isModerator: true }))).toBeNull()
  const closed = closePollBody(asked(false), { ...by, userId: alice })
  expect(closed.body).toMatchObject({ closedAt: 5 })
  expect(closePollBody(closed, { userId: alice, isModerator: false, now: 9 })).toBe(closed)
  expect(refusal(() => castVote(closed, bob, [0]))).toBe('POLL_CLOSED')
})
