// The contract of the kept digests: whatever is done to the log, they are those of its messages.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDigests,
  digestOfAll,
  limits,
  type ConversationId,
  type Message,
  type User,
} from '@palabre/protocol'
import type { Store } from '../port/store.ts'
import {
  allOf,
  direct,
  expectRefusal,
  expectWhole,
  group,
  happen,
  newConversationId,
  person,
  say,
  textBy,
  upTo,
  type OpenStore,
  type StoreOf,
} from './kit.ts'

const all = { from: 1, before: null, limit: 1_000 }

/** What is kept is what the log says, for every stretch of it. */
async function expectDigests(store: Store, id: ConversationId): Promise<void> {
  const messages = await allOf(store, id)
  const whole = await store.digests.of(id, all)
  expect(whole?.blocks).toEqual(blocksOf(messages))
  expect(await store.digests.differences(id)).toEqual([])
}

/** The digests of these neighbours, by the book. */
function blocksOf(messages: readonly Message[]) {
  const blocks = new Map<number, Message[]>()
  for (const message of messages) {
    const block = Math.floor((message.seq - 1) / 256)
    blocks.set(block, [...(blocks.get(block) ?? []), message])
  }
  return [...blocks.values()].map((block) => ({
    from: block[0]?.seq,
    to: block.at(-1)?.seq,
    digest: digestOfAll(block),
  }))
}

async function sayMany(store: Store, sender: User, id: ConversationId, count: number): Promise<void> {
  await Promise.all(upTo(count).map((number) => say(store, sender, id, `n ${number}`)))
}

/** Another emoji every time, so that each is a change. */
async function change(store: Store, user: User, id: ConversationId, message: Message): Promise<void> {
  const target = { conversationId: id, id: message.id, userId: user.id, opId: null, movesBody: false }
  await store.log.change(target, (now) => ({
    ...now,
    reactions: [{ emoji: String(now.rev), userIds: [user.id] }],
  }))
}

export function digestsContract(storeOf: StoreOf): void {
  describe('digests', { timeout: 120_000 }, () => {
    test('[DIG-2] a new conversation has one of its first message, and none where there is none', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      expect(await store.digests.of(id, all)).toMatchObject({ rev: 1, lastSeq: 1, hasBefore: false })
      await expectDigests(store, id)
      await expectDigests(store, await group(store, alice, [bob]))
      expect(await store.digests.of(newConversationId(), all)).toBeNull()
      expect(await store.digests.differences(newConversationId())).toEqual([])
      expect(await store.digests.rebuild(newConversationId())).toEqual([])
    })

    test('[DIG-2] kept right at the edges of blocks: one before, full, one into the next', async () => {
      const store = storeOf()
      const alice = await person(store)
      const id = await group(store, alice, [])
      await sayMany(store, alice, id, limits.digestBlock - 2)
      for (const lastSeq of [255, 256, 257, 258]) {
        const digests = await store.digests.of(id, all)
        expect(digests?.lastSeq).toBe(lastSeq)
        await expectDigests(store, id)
        for (const seq of [1, 254, 255, 256]) {
          const [message] = await store.log.after(id, seq - 1, 1, 1)
          if (message?.kind === 'text') await change(store, alice, id, message)
        }
        await expectDigests(store, id)
        await say(store, alice, id, 'one more')
      }
      await expectWhole(store, id)
    })

    test('[DIG-2] kept right by any appends and changes, one by one and all at once', async () => {
      const store = storeOf()
      const step = fc.oneof(
        { weight: 3, arbitrary: fc.record({ say: fc.integer({ min: 1, max: 200 }) }) },
        { weight: 3, arbitrary: fc.record({ change: fc.array(fc.nat(), { maxLength: 30 }) }) },
        { weight: 1, arbitrary: fc.record({ title: fc.string({ minLength: 1, maxLength: 20 }) }) },
      )
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
          const alice = await person(store)
          const id = await group(store, alice, [])
          for (const step of steps) {
            if ('say' in step) await sayMany(store, alice, id, step.say)
            else if ('title' in step) {
              const row = await store.conversations.byId(id)
              if (row?.header.title !== step.title)
                await happen(store, alice, id, { event: 'title_changed', title: step.title })
            } else {
              const messages = await allOf(store, id)
              const chosen = step.change.map((at) => messages[at % messages.length])
              const texts = chosen.filter((message) => message?.kind === 'text')
              await Promise.all(texts.map((message) => change(store, alice, id, message as Message)))
            }
          }
          await expectDigests(store, id)
        }),
        { numRuns: 12 },
      )
    })

    test('[DIG-2] [LOG-2] what is refused or repeated leaves them as they were', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [])
      const message = textBy(alice, id, 'once')
      await store.log.append(message)
      const before = await store.digests.of(id, all)
      await store.log.append(message)
      await expectRefusal(store.log.append({ ...message, hash: 'other' }), 'MESSAGE_ID_CONFLICT')
      await expectRefusal(store.log.append(textBy(bob, id, 'hello')), 'MEMBER_REQUIRED')
      const target = { conversationId: id, id: message.id, userId: alice.id, opId: null, movesBody: false }
      await store.log.change(target, (now) => now)
      expect(await store.digests.of(id, all)).toEqual(before)
      await expectDigests(store, id)
    })

    test('[DIG-3] of any stretch: parts of blocks at its ends, at most so many blocks, the newest', async () => {
      const store = storeOf()
      const alice = await person(store)
      const id = await group(store, alice, [])
      await sayMany(store, alice, id, 700)
      const messages = await allOf(store, id)
      const seq = fc.oneof(fc.integer({ min: 1, max: 705 }), fc.constantFrom(1, 2, 256, 257, 258, 512, 513))
      await fc.assert(
        fc.asyncProperty(seq, fc.option(seq), fc.integer({ min: 1, max: 4 }), async (from, before, limit) => {
          const found = await store.digests.of(id, { from, before, limit })
          const within = messages.filter((message) => message.seq >= from && message.seq < (before ?? 1_000))
          const blocks = blocksOf(within)
          expect(found).toEqual({
            rev: 701,
            lastSeq: 701,
            blocks: blocks.slice(-limit),
            hasBefore: blocks.length > limit,
          })
        }),
        { numRuns: 60 },
      )
    })

    test('[DIG-3] with the rev that they belong to, also while messages come in', async () => {
      const store = storeOf()
      const alice = await person(store)
      const id = await group(store, alice, [])
      const coming = sayMany(store, alice, id, 400)
      const seen = new Map<number, number>()
      let isDone = false
      void coming.then(() => (isDone = true))
      while (!isDone) {
        const { rev, lastSeq, blocks } = (await store.digests.of(id, all)) ?? {
          rev: 0,
          lastSeq: 0,
          blocks: [],
        }
        expect(lastSeq).toBe(rev)
        expect(blocks.at(-1)?.to).toBe(lastSeq)
        seen.set(
          lastSeq,
          blocks.reduce((sum, block) => addDigests(sum, block.digest), 0),
        )
        await new Promise((done) => setImmediate(done))
      }
      await coming
      const messages = await allOf(store, id)
      for (const [lastSeq, digest] of seen) expect(digest).toBe(digestOfAll(messages.slice(0, lastSeq)))
    })
  })
}

export function digestsLifeContract(open: OpenStore): void {
  describe('digests over restarts', { timeout: 120_000 }, () => {
    test('[DIG-2] closed and opened again, they go on where they were', async () => {
      const before = await open('digests')
      const alice = await person(before)
      const id = await group(before, alice, [])
      await sayMany(before, alice, id, 300)
      const held = await before.digests.of(id, all)
      await before.close()
      const after = await open('digests')
      try {
        expect(await after.digests.of(id, all)).toEqual(held)
        await sayMany(after, alice, id, 250)
        for (const message of (await allOf(after, id)).slice(250, 260))
          await change(after, alice, id, message)
        await expectDigests(after, id)
        expect(await after.digests.rebuild(id)).toEqual([])
      } finally {
        await after.close()
      }
    })
  })
}
