// The contract of sessions and the rotation of their refresh tokens.
import { describe, expect, test } from 'vitest'
import { v7 } from 'uuid'
import type { PushTarget, SessionId, User } from '@palabre/protocol'
import type { SessionRow } from '../port/sessions.ts'
import { person, start, upTo, type StoreOf } from './kit.ts'

export function sessionsContract(storeOf: StoreOf): void {
  const sessionOf = (user: User, given: Partial<SessionRow> = {}): SessionRow => ({
    id: v7() as SessionId,
    userId: user.id,
    deviceName: 'Firefox on Linux',
    createdAt: start,
    lastUsedAt: start,
    generation: 1,
    rotatedAt: start,
    isConfirmed: false,
    salt: 'salt',
    place: '203.0.113.x',
    provedAt: start,
    ...given,
  })

  describe('sessions', () => {
    test('a session reads back as it was made; one’s own come latest used first', async () => {
      const store = storeOf()
      const alice = await person(store)
      const [old, recent] = [sessionOf(alice), sessionOf(alice, { lastUsedAt: start + 1, isConfirmed: true })]
      for (const row of [old, recent]) await store.sessions.create(row)
      expect(await store.sessions.byId(old.id)).toEqual(old)
      expect(await store.sessions.ofUser(alice.id)).toEqual([recent, old])
      await store.sessions.touch(old.id, start + 2)
      expect(await store.sessions.ofUser(alice.id)).toEqual([{ ...old, lastUsedAt: start + 2 }, recent])
      expect(await store.sessions.byId(v7() as SessionId)).toBeNull()
    })

    test('of racing rotations from one generation one succeeds', async () => {
      const store = storeOf()
      const session = sessionOf(await person(store), { isConfirmed: true })
      await store.sessions.create(session)
      const results = await Promise.all(upTo(10).map(() => store.sessions.rotate(session.id, 1, start + 9)))
      expect(results.filter((isDone) => isDone)).toHaveLength(1)
      expect(await store.sessions.byId(session.id)).toMatchObject({
        generation: 2,
        rotatedAt: start + 9,
        isConfirmed: false,
      })
    })

    test('only the current generation is confirmed', async () => {
      const store = storeOf()
      const session = sessionOf(await person(store))
      await store.sessions.create(session)
      await store.sessions.confirm(session.id, 2)
      expect((await store.sessions.byId(session.id))?.isConfirmed).toBe(false)
      await store.sessions.confirm(session.id, 1)
      expect((await store.sessions.byId(session.id))?.isConfirmed).toBe(true)
    })

    test('sessions end one by one, all but one, or all', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const [one, two, three, bobs] = [sessionOf(alice), sessionOf(alice), sessionOf(alice), sessionOf(bob)]
      for (const row of [one, two, three, bobs]) await store.sessions.create(row)
      expect(await store.sessions.end(one.id)).toBe(true)
      expect(await store.sessions.end(one.id)).toBe(false)
      expect(await store.sessions.endOthers(alice.id, two.id)).toEqual([three.id])
      expect(await store.sessions.endOthers(alice.id, null)).toEqual([two.id])
      expect(await store.sessions.ofUser(alice.id)).toEqual([])
      expect(await store.sessions.byId(bobs.id)).toEqual(bobs)
    })

    test('[SEC-6] those of many that have not ended are one question', async () => {
      const store = storeOf()
      const alice = await person(store)
      const [one, two, three] = [sessionOf(alice), sessionOf(alice), sessionOf(alice)]
      for (const row of [one, two]) await store.sessions.create(row)
      await store.sessions.end(one.id)
      expect(await store.sessions.existing([one.id, two.id, three.id])).toEqual([two.id])
      expect(await store.sessions.existing([])).toEqual([])
    })

    test('sessions that are unused or too old end', async () => {
      const store = storeOf()
      const alice = await person(store)
      const unused = sessionOf(alice, { createdAt: 500, lastUsedAt: 1_000 })
      const old = sessionOf(alice, { createdAt: 100 })
      const good = sessionOf(alice)
      for (const row of [unused, old, good]) await store.sessions.create(row)
      expect((await store.sessions.endStale(2_000, 200)).sort()).toEqual([unused.id, old.id].sort())
      expect(await store.sessions.ofUser(alice.id)).toEqual([good])
    })

    test('[PUSH-1] where a device is told goes with its session, and an endpoint is one browser’s', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const [phone, desk, bobs] = [sessionOf(alice), sessionOf(alice), sessionOf(bob)]
      for (const row of [phone, desk, bobs]) await store.sessions.create(row)
      const target = (endpoint: string): PushTarget => ({
        endpoint,
        p256dh: 'p',
        auth: 'a',
        preview: 'sender',
        language: 'fr',
      })
      const [one, two] = [target(`https://push.example/${v7()}`), target(`https://push.example/${v7()}`)]
      expect(await store.sessions.push(phone.id)).toBeNull()
      expect(await store.sessions.setPush(phone.id, one)).toBe(true)
      expect(await store.sessions.setPush(desk.id, two)).toBe(true)
      expect(await store.sessions.setPush(v7() as SessionId, one)).toBe(false)
      expect(await store.sessions.setPush(phone.id, one)).toBe(true)
      expect(await store.sessions.push(phone.id)).toEqual(one)
      expect(await store.sessions.byId(phone.id)).toEqual(phone)
      const told = async () =>
        (await store.sessions.pushedOf([alice.id, bob.id])).map((device) => device.sessionId).sort()
      expect(await told()).toEqual([phone.id, desk.id].sort())
      expect(await store.sessions.pushedOf([alice.id])).toContainEqual({
        sessionId: phone.id,
        userId: alice.id,
        target: one,
      })
      expect(await store.sessions.pushedOf([])).toEqual([])

      await store.sessions.setPush(bobs.id, one)
      expect(await told()).toEqual([desk.id, bobs.id].sort())
      await store.sessions.dropPush(bobs.id, two.endpoint)
      expect(await told()).toEqual([desk.id, bobs.id].sort())
      await store.sessions.dropPush(bobs.id, one.endpoint)
      expect(await told()).toEqual([desk.id])
      await store.sessions.end(desk.id)
      expect(await told()).toEqual([])
      await store.sessions.setPush(phone.id, two)
      await store.sessions.setPush(phone.id, null)
      expect(await told()).toEqual([])
    })
  })
}
