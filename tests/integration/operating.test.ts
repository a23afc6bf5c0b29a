// The operator's console: who is here and how much there is, putting people out and letting them in again with effect at
// once, and that each such act is written down.
import { expect, test } from 'vitest'
import { operations, type Operation, type OperationName, type Output } from '@palabre/protocol'
import { groupOf, send, someUserId } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { register, type Person } from '../kit/people.ts'
import { mediaTo, picture, uploaded } from '../kit/upload.ts'
import { eventually } from '../kit/wait.ts'
import { askHttp, askHttpRaw } from '../kit/wire.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', {}, (store) => {
  const world = useWorld(store)
  let first: Person | null = null

  /** Of this server, having just said the password. */
  async function operator(): Promise<Person> {
    first ??= await register(world.server.url, 'olga')
    await first.does('prove', { password: first.password })
    return first
  }

  const signsIn = ({ username, password }: Pick<Person, 'username' | 'password'>) =>
    askHttp(world.server.url, 'login', { username, password, tokens: 'body' })

  test('[OPS-1] people by their names and by their beginning, with what they keep; groups by their size', async () => {
    const { url } = world.server
    const olga = await operator()
    const { alice, bob } = await world.accounts('alice', 'bob')
    const group = await groupOf(alice, bob)
    await send(alice, group, 'a secret that no operator is told')
    const bytes = await picture()
    const { id } = await uploaded(url, alice, bytes, 'image')
    await alice.does('sendMessage', mediaTo(group, 'image', id))
    const found = await olga.does('listPeople', { query: alice.username })
    expect(found.people).toMatchObject([
      { user: { id: alice.id }, role: 'member', suspendedAt: null, eraseAt: null, sessions: 1 },
    ])
    expect(found.people[0]?.bytes).toBeGreaterThan(100)
    const ids: string[] = []
    let cursor: string | null = null
    do {
      const page: Output<'listPeople'> = await olga.does('listPeople', {
        limit: 2,
        ...(cursor !== null && { cursor }),
      })
      ids.push(...page.people.map(({ user }) => user.id))
      cursor = page.cursor
    } while (cursor !== null)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining([olga.id, alice.id, bob.id]))
    const { groups } = await olga.does('listGroups', { limit: 100 })
    const listed = groups.find((one) => one.id === group)
    expect(listed).toMatchObject({ title: 'Walkers', memberCount: 2, messages: 3 })
    expect(listed?.bytes).toBeGreaterThan(100)
    const storage = await olga.does('getStorage', {})
    expect(storage.largest.map(({ user }) => user.id)).toContain(alice.id)
    expect(storage.bytes).toBeGreaterThan(100)
    expect(JSON.stringify([found, groups, storage])).not.toContain('secret')
  })

  test('[OPS-2] who is suspended is out at once and stays out until they are let in again', async () => {
    const olga = await operator()
    const { alice } = await world.accounts('alice')
    const socket = await alice.socket()
    const { person } = await olga.does('suspendPerson', { userId: alice.id, isSuspended: true })
    expect(person.suspendedAt).not.toBeNull()
    expect(await alice.refusal('getMe', {})).toBe('SESSION_ENDED')
    await eventually(() => (socket.socket.connected ? undefined : true), 'the socket is closed')
    expect(await signsIn(alice)).toMatchObject({ ok: false, error: { code: 'ACCOUNT_SUSPENDED' } })
    // Only whoever knows the password learns of it.
    const guess = await signsIn({ ...plainOf(alice), password: 'not this one at all' })
    expect(guess).toMatchObject({ ok: false, error: { code: 'CREDENTIALS_WRONG' } })
    await olga.does('suspendPerson', { userId: alice.id, isSuspended: false })
    expect((await signsIn(alice)).ok).toBe(true)
    expect(await olga.refusal('suspendPerson', { userId: olga.id, isSuspended: true })).toBe(
      'OPERATOR_REQUIRED',
    )
    expect(await olga.refusal('suspendPerson', { userId: someUserId(), isSuspended: true })).toBe(
      'USER_NOT_FOUND',
    )
    expect((await olga.does('endPersonSessions', { userId: alice.id })).ended).toBe(1)
  })

  test('[OPS-3] [SEC-27] each act of an operator leaves one entry', async () => {
    const { url } = world.server
    const olga = await operator()
    const { alice } = await world.accounts('alice')
    /** What changes something, with an input that does. */
    const acts: Record<string, object> = {
      setAccountRole: { userId: alice.id, role: 'operator' },
      suspendPerson: { userId: alice.id, isSuspended: true },
      endPersonSessions: { userId: alice.id },
    }
    const all = Object.entries(operations) as [OperationName, Operation][]
    const changing = all.filter(
      ([, { access, isSensitive }]) => access === 'operator' && isSensitive === true,
    )
    const count = async () => (await olga.does('listAudit', { limit: 100 })).entries.length
    for (const [name] of changing) {
      const input = acts[name]
      // Those of invitations and of codes have tests of their own.
      if (input === undefined) continue
      const before = await count()
      const answer = await askHttpRaw(url, name, { ...input }, { token: olga.token })
      expect([name, answer.status]).toEqual([name, 200])
      expect([name, await count()]).toEqual([name, before + 1])
    }
    expect(changing.map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(acts)))
  })

  test('[OPS-4] how the server is, as the metrics say it', async () => {
    const olga = await operator()
    const health = await olga.does('getHealth', {})
    expect(health).toMatchObject({ store, isMediaUp: true })
    expect(health.memoryBytes).toBeGreaterThan(1e7)
    expect(health.averageLatencyMs).toBeGreaterThan(0)
    expect(health.errorRate).toBe(0)
  })
})

/** A person is more than its fields. */
function plainOf({ username, password }: Person) {
  return { username, password }
}
