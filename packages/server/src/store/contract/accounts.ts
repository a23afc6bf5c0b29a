// The contract of who runs a server: roles, proofs, and the record of sensitive acts.
import { describe, expect, test } from 'vitest'
import { v7 } from 'uuid'
import { InviteId, type AuditEntry, type SessionId, type User } from '@palabre/protocol'
import type { InviteRow } from '../port/invites.ts'
import {
  expectRefusal,
  newUserId,
  person,
  persons,
  start,
  upTo,
  type OpenStore,
  type StoreOf,
} from './kit.ts'

/** For two, by the hash `hash`. */
export function inviteOf(inviter: User, given: Partial<InviteRow> = {}): InviteRow {
  return {
    id: InviteId.parse(v7()),
    codeHash: 'hash',
    role: 'member',
    inviterId: inviter.id,
    uses: 2,
    usesLeft: 2,
    createdAt: start,
    expiresAt: start + 1_000,
    revokedAt: null,
    ...given,
  }
}

export function accountsContract(storeOf: StoreOf): void {
  describe('accounts', () => {
    test('[ACC-4] the record grows, and is read the latest first, by pages', async () => {
      const { audit } = storeOf()
      const entries = [1, 2, 3].map((number): AuditEntry => ({
        id: v7(),
        at: start + number,
        actorId: number === 1 ? null : newUserId(),
        act: 'role_changed',
        subjectId: number === 2 ? null : newUserId(),
        details: { role: 'operator', number, isIt: true },
      }))
      for (const entry of entries) await audit.append(entry)
      const latest = [...entries].reverse()
      expect(await audit.list({ before: null, limit: 3 })).toEqual(latest)
      expect(await audit.list({ before: latest[0]?.id ?? '', limit: 1 })).toEqual(latest.slice(1, 2))
    })

    test('[JOIN-2] [SEC-30] of many who race for the last use of an invitation one gets it', async () => {
      const { invites } = storeOf()
      const alice = await person(storeOf())
      const row = inviteOf(alice, { codeHash: v7(), usesLeft: 1 })
      await invites.create(row)
      const takes = await Promise.all(upTo(8).map(() => invites.take(row.codeHash, start)))
      expect(takes.filter((taken) => taken !== null)).toEqual([{ ...row, usesLeft: 0 }])
      await invites.giveBack(row.id)
      expect(await invites.take(row.codeHash, start + 1_000)).toBeNull()
      expect(await invites.revoke(row.id, start + 5)).toBe(true)
      expect(await invites.revoke(row.id, start + 6)).toBe(false)
      expect(await invites.take(row.codeHash, start)).toBeNull()
      expect(await invites.take('unknown', start)).toBeNull()
      const [latest] = await invites.list({ before: null, limit: 1 })
      expect(latest).toEqual({ ...row, usesLeft: 1, revokedAt: start + 5 })
      expect(await invites.list({ before: row.id, limit: 5 })).not.toContainEqual(latest)
    })

    test('[PASS-3] of many who change what somebody is known by, from one state, one succeeds', async () => {
      const store = storeOf()
      const { id } = await person(store)
      expect(await store.credentials.of(id)).toBeNull()
      for (const from of [0, 1]) {
        const all = await Promise.all(upTo(6).map((n) => store.credentials.put(id, from, `"${from} ${n}"`)))
        expect(all.filter((isDone) => isDone)).toHaveLength(1)
        expect(await store.credentials.of(id)).toEqual({
          rev: from + 1,
          value: `"${from} ${all.indexOf(true) + 1}"`,
        })
      }
      expect(await store.credentials.put(id, 1, '"late"')).toBe(false)
    })

    test('[ACC-3] a proof belongs to one session, and stays when its token is renewed elsewhere', async () => {
      const { sessions } = storeOf()
      const alice = await person(storeOf())
      const id = v7() as SessionId
      await sessions.create({
        id,
        userId: alice.id,
        deviceName: 'A phone',
        createdAt: start,
        lastUsedAt: start,
        generation: 1,
        rotatedAt: start,
        isConfirmed: true,
        salt: 'salt',
        place: '',
        provedAt: start,
      })
      await sessions.prove(id, start + 5)
      await sessions.rotate(id, 1, start + 6, '198.51.100.x')
      await sessions.rotate(id, 2, start + 7)
      expect(await sessions.byId(id)).toMatchObject({ provedAt: start + 5, place: '198.51.100.x' })
    })
  })
}

export function firstAccountContract(open: OpenStore): void {
  test('[ACC-1] who is first runs the server, even of many at once; the last operator stays one', async () => {
    const store = await open('first')
    expect(await store.users.isEmpty()).toBe(true)
    const people = await persons(store, 5)
    expect(await store.users.isEmpty()).toBe(false)
    const roles = await Promise.all(people.map(({ id }) => store.users.roleOf(id)))
    expect(roles.filter((role) => role === 'operator')).toHaveLength(1)
    const first = people[roles.indexOf('operator')]?.id ?? newUserId()
    const other = people[roles.indexOf('member')]?.id ?? newUserId()
    await expectRefusal(store.users.setRole(first, 'member'), 'OPERATOR_REQUIRED')
    await expectRefusal(store.users.setRole(newUserId(), 'operator'), 'USER_NOT_FOUND')
    await store.users.setRole(other, 'operator')
    await store.users.setRole(first, 'member')
    expect(await store.users.roleOf(first)).toBe('member')
    await expectRefusal(store.users.setRole(other, 'member'), 'OPERATOR_REQUIRED')
    expect(await store.users.roleOf(newUserId())).toBeNull()
    await store.close()
  })
}
