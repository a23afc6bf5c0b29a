// The contract of changes: a pure function of the message as stored, each under a rev of its own.
import { describe, expect, test } from 'vitest'
import {
  limits,
  PalabreError,
  setReaction,
  type ConversationId,
  type Message,
  type MessageId,
  type OpId,
  type User,
} from '@palabre/protocol'
import type { Alter } from '../port/log.ts'
import {
  direct,
  expectRefusal,
  expectWhole,
  group,
  happen,
  newConversationId,
  newMessageId,
  newOpId,
  person,
  persons,
  say,
  start,
  upTo,
  type StoreOf,
} from './kit.ts'

const write =
  (text: string): Alter =>
  (message) =>
    message.kind === 'text' && message.body.text !== text
      ? { ...message, body: { text }, editedAt: start }
      : message
const like =
  (user: User, emoji: string | null): Alter =>
  (message) =>
    setReaction(message, user.id, emoji)

export function changeContract(storeOf: StoreOf): void {
  function change(
    target: { conversationId: ConversationId; id: MessageId; by: User; opId?: OpId; movesBody?: boolean },
    alter: Alter,
  ) {
    const { conversationId, id, by, opId = null, movesBody = false } = target
    return storeOf().log.change({ conversationId, id, userId: by.id, opId, movesBody }, alter)
  }

  async function oneMessage(): Promise<{ alice: User; bob: User; id: ConversationId; message: Message }> {
    const store = storeOf()
    const [alice, bob] = [await person(store), await person(store)]
    const id = await direct(store, alice, bob)
    return { alice, bob, id, message: await say(store, alice, id, 'one', { mentions: [bob.id] }) }
  }

  describe('changing', () => {
    test('[LOG-4] a change takes the next rev, keeps the seq, and reads back as it was answered', async () => {
      const store = storeOf()
      const { alice, id, message } = await oneMessage()
      const other = await say(store, alice, id, 'two')
      const edited = await change(
        { conversationId: id, id: message.id, by: alice, movesBody: true },
        write('uno'),
      )
      expect(edited.outcome).toBe('stored')
      expect(edited.message).toEqual({
        ...message,
        rev: other.rev + 1,
        bodyRev: other.rev + 1,
        body: { text: 'uno' },
        editedAt: start,
      })
      expect(await store.log.byId(id, message.id)).toEqual(edited.message)
      const next = await say(store, alice, id, 'three')
      expect([next.seq, next.rev]).toEqual([4, 5])
      await expectWhole(store, id)
    })

    test('[LOG-4] every field that a change may alter is kept, and none that it may not', async () => {
      const store = storeOf()
      const { alice, bob, id, message } = await oneMessage()
      const altered = await change({ conversationId: id, id: message.id, by: alice }, (now) => ({
        ...now,
        replyTo: message.id,
        mentions: [],
        reactions: [{ emoji: '\u{1F44D}', userIds: [bob.id] }],
        forwarded: true,
        editedAt: 1,
        deletedAt: 2,
        pinnedAt: 3,
        expiresAt: 4,
        id: newMessageId(),
        seq: 99,
        rev: 99,
        bodyRev: 99,
        senderId: bob.id,
        createdAt: 0,
        sentAt: 0,
      }))
      const { seq, bodyRev, senderId, createdAt, sentAt } = message
      expect(altered.message).toMatchObject({
        id: message.id,
        seq,
        rev: 3,
        bodyRev,
        senderId,
        createdAt,
        sentAt,
      })
      expect(altered.message).toMatchObject({
        forwarded: true,
        editedAt: 1,
        deletedAt: 2,
        pinnedAt: 3,
        expiresAt: 4,
      })
      expect(await store.log.byId(id, message.id)).toEqual(altered.message)
    })

    test('[LOG-7] a reaction takes a rev and leaves bodyRev alone', async () => {
      const { bob, id, message } = await oneMessage()
      const liked = await change({ conversationId: id, id: message.id, by: bob }, like(bob, '\u{1F389}'))
      expect(liked.message).toMatchObject({ rev: 3, bodyRev: 2 })
    })

    test('[LOG-7] a change that changes nothing takes no rev', async () => {
      const store = storeOf()
      const { alice, id, message } = await oneMessage()
      for (const opId of [undefined, newOpId()]) {
        const same = await change(
          { conversationId: id, id: message.id, by: alice, ...(opId && { opId }) },
          (now) => now,
        )
        expect(same).toEqual({ outcome: 'unchanged', message, membersRev: 1 })
      }
      expect((await store.conversations.byId(id))?.rev).toBe(2)
    })

    test('[LOG-7] a known opId answers the message as it is now, and alters nothing', async () => {
      const { alice, bob, id, message } = await oneMessage()
      const opId = newOpId()
      const target = { conversationId: id, id: message.id, by: alice, opId, movesBody: true }
      expect((await change(target, write('two'))).outcome).toBe('stored')
      const later = await change({ conversationId: id, id: message.id, by: bob }, like(bob, '\u{1F389}'))
      const repeat = await change(target, () => {
        throw new PalabreError('MESSAGE_CHANGED')
      })
      expect(repeat).toEqual({ outcome: 'repeat', message: later.message, membersRev: 1 })
      // The same opId of someone else is another one.
      const others = await change({ conversationId: id, id: message.id, by: bob, opId }, like(bob, null))
      expect(others.outcome).toBe('stored')
    })

    test('[LOG-7] an opId that changed nothing is known too', async () => {
      const { bob, id, message } = await oneMessage()
      const target = { conversationId: id, id: message.id, by: bob }
      const opId = newOpId()
      await change(target, like(bob, '\u{1F389}'))
      expect((await change({ ...target, opId }, like(bob, '\u{1F389}'))).outcome).toBe('unchanged')
      await change(target, like(bob, '\u{1F44D}'))
      const repeat = await change({ ...target, opId }, like(bob, '\u{1F389}'))
      expect(repeat).toMatchObject({ outcome: 'repeat', message: { reactions: [{ emoji: '\u{1F44D}' }] } })
    })

    test('[LOG-7] the same opId at once is carried out once', async () => {
      const store = storeOf()
      const { alice, id, message } = await oneMessage()
      const target = { conversationId: id, id: message.id, by: alice, opId: newOpId(), movesBody: true }
      const answers = await Promise.all(upTo(10).map(() => change(target, write('two'))))
      expect(answers.filter((answer) => answer.outcome === 'stored')).toHaveLength(1)
      expect(answers.filter((answer) => answer.outcome === 'repeat')).toHaveLength(9)
      expect((await store.conversations.byId(id))?.rev).toBe(3)
    })

    test('[LOG-7] the same opId at once where nothing changes: each is answered, and no rev is taken', async () => {
      const store = storeOf()
      const { alice, id, message } = await oneMessage()
      const other = await say(store, alice, id, 'one')
      const opId = newOpId()
      // Of two messages, too: changes of one wait for each other before they reach the store.
      const answers = await Promise.all(
        [message, message, other, other].map((one) =>
          change({ conversationId: id, id: one.id, by: alice, opId }, write('one')),
        ),
      )
      expect(answers.map(({ outcome }) => outcome).sort()).toEqual([
        'repeat',
        'repeat',
        'repeat',
        'unchanged',
      ])
      expect(answers.map((answer) => answer.message.id)).toEqual([message.id, message.id, other.id, other.id])
      expect((await store.conversations.byId(id))?.rev).toBe(3)
    })

    test('[LOG-4] [LOG-7] racing changes of one message all count, each with a rev of its own', async () => {
      const store = storeOf()
      const people = await persons(store, 20)
      const [owner, ...others] = people
      if (owner === undefined) throw new Error('nobody')
      const id = await group(store, owner, others)
      const message = await say(store, owner, id, 'vote')
      const changed = await Promise.all(
        people.map((user) =>
          change({ conversationId: id, id: message.id, by: user }, like(user, '\u{1F44D}')),
        ),
      )
      expect(changed.map((one) => one.message.rev).sort((a, b) => a - b)).toEqual(
        upTo(20).map((number) => number + 2),
      )
      const now = await store.log.byId(id, message.id)
      expect(now?.reactions[0]?.userIds).toHaveLength(20)
      await expectWhole(store, id)
    })

    test('[LOG-4] of racing edits from one base one is stored and the others see it', async () => {
      const store = storeOf()
      const { alice, id, message } = await oneMessage()
      const results = await Promise.allSettled(
        upTo(10).map((number) =>
          change({ conversationId: id, id: message.id, by: alice, movesBody: true }, (now) => {
            if (now.bodyRev !== message.bodyRev)
              throw new PalabreError('MESSAGE_CHANGED', { details: { message: now } })
            return write(`edit ${number}`)(now)
          }),
        ),
      )
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
      const now = await store.log.byId(id, message.id)
      for (const result of results) {
        if (result.status === 'fulfilled') expect(result.value.message).toEqual(now)
        else expect(result.reason).toMatchObject({ code: 'MESSAGE_CHANGED', details: { message: now } })
      }
    })

    test('[LOG-3] changes and appends at once share one row of revs without a hole', async () => {
      const store = storeOf()
      const { alice, bob, id, message } = await oneMessage()
      await Promise.all(
        upTo(40).map((number) =>
          number % 2 === 0
            ? say(store, alice, id, `n ${number}`)
            : change(
                { conversationId: id, id: message.id, by: bob },
                like(bob, number % 4 === 1 ? '\u{1F44D}' : '\u{1F389}'),
              ),
        ),
      )
      expect((await store.conversations.byId(id))?.rev).toBe(42)
      await expectWhole(store, id)
    })

    test('[P6] what is not there, or not one’s own to see, is not changed', async () => {
      const store = storeOf()
      const { alice, bob, id, message } = await oneMessage()
      const stranger = await person(store)
      const ok = { conversationId: id, id: message.id, by: bob }
      await expectRefusal(change({ ...ok, by: stranger }, like(stranger, 'x')), 'MEMBER_REQUIRED')
      await expectRefusal(
        change({ ...ok, conversationId: newConversationId() }, like(bob, 'x')),
        'MEMBER_REQUIRED',
      )
      await expectRefusal(change({ ...ok, id: newMessageId() }, like(bob, 'x')), 'MESSAGE_NOT_FOUND')
      await expectRefusal(
        change(ok, () => {
          throw new PalabreError('EDIT_WINDOW_CLOSED')
        }),
        'EDIT_WINDOW_CLOSED',
      )
      expect(await store.log.byId(id, message.id)).toEqual(message)
      expect((await change({ ...ok, by: alice }, write('mine'))).outcome).toBe('stored')
    })

    test('[MEM-3] [SYNC-8] a message from before one’s time is not found', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [])
      const before = await say(store, alice, id, 'before')
      await happen(store, alice, id, { event: 'members_added', userIds: [bob.id] })
      const after = await say(store, alice, id, 'after')
      const target = { conversationId: id, id: before.id, by: bob }
      await expectRefusal(change(target, like(bob, 'x')), 'MESSAGE_NOT_FOUND')
      expect((await change({ ...target, id: after.id }, like(bob, 'x'))).outcome).toBe('stored')
    })

    test('[LOG-4] membership is looked at by the commit, not only before it', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [bob])
      const message = await say(store, alice, id, 'one')
      const removal = happen(store, alice, id, { event: 'member_removed', userId: bob.id })
      const reaction = change({ conversationId: id, id: message.id, by: bob }, like(bob, 'x'))
      const [, late] = await Promise.allSettled([removal, reaction])
      if (late.status === 'fulfilled') expect(late.value.message.rev).toBeLessThan((await removal).rev)
      else expect(late.reason).toMatchObject({ code: 'MEMBER_REQUIRED' })
      await expectWhole(store, id)
    })

    test(`[LOG-4] a message takes ${limits.changesPerMessage} changes and no more`, async () => {
      const store = storeOf()
      const { bob, id, message } = await oneMessage()
      const target = { conversationId: id, id: message.id, by: bob }
      const flip: Alter = (now) => ({ ...now, pinnedAt: now.pinnedAt === null ? 1 : null })
      await Promise.all(upTo(limits.changesPerMessage).map(() => change(target, flip)))
      await expectRefusal(change(target, flip), 'MESSAGE_CHANGES_EXHAUSTED')
      expect((await change(target, (now) => now)).outcome).toBe('unchanged')
      expect((await store.conversations.byId(id))?.rev).toBe(limits.changesPerMessage + 2)
    })
  })
}
