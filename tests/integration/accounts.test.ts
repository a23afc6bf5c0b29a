// Who runs a server: the first account, what only operators may ask, proving who one is, and the record of it all.
import { expect, test } from 'vitest'
import { limits, operations, type Operation, type OperationName } from '@palabre/protocol'
import { movedClock } from '../kit/clock.ts'
import { someUserId } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { register, type Person } from '../kit/people.ts'
import { askHttp, askHttpRaw, http, openSocket } from '../kit/wire.ts'
import { useWorld } from '../kit/world.ts'

const ofOperators = (Object.entries(operations) as [OperationName, Operation][])
  .filter(([, { access }]) => access === 'operator')
  .map(([name]) => name)

onEachStore('on %s', { isLong: true }, (store) => {
  const clock = movedClock()
  const world = useWorld(store, {}, clock.now)
  let first: Person | null = null

  /** The first account of this server. */
  async function operator(): Promise<Person> {
    first ??= await register(world.server.url, 'olga')
    return first
  }

  test('[ACC-1] a new server says so; its first account becomes the operator, the next ones do not', async () => {
    const { url } = world.server
    const before = await askHttp(url, 'getServer', {})
    expect(before.ok && before.output).toEqual({
      name: 'Palabre',
      registration: 'open',
      isNew: true,
      hasPasskeys: false,
    })
    const olga = await operator()
    expect((await olga.does('getMe', {})).role).toBe('operator')
    const { alice } = await world.accounts('alice')
    expect((await alice.does('getMe', {})).role).toBe('member')
    const after = await askHttp(url, 'getServer', {})
    expect(after.ok && after.output.isNew).toBe(false)
  })

  test('[ACC-2] [SEC-27] to a member an operation of operators is not there, whatever is asked of it', async () => {
    const { url } = world.server
    await operator()
    const { alice } = await world.accounts('alice')
    const nothing = await http('GET', `${url}/api/v1/operator/nothing/of/the/sort`, { token: alice.token })
    const socket = await openSocket(url, alice.token)
    const unknown = plain(await socket.emit('no_such_operation', {}))
    for (const name of ofOperators) {
      for (const input of [{}, { userId: alice.id, role: 'operator' }, { userId: 'x', limit: -1 }]) {
        const answer = await askHttpRaw(url, name, { userId: someUserId(), ...input }, { token: alice.token })
        expect([name, answer.status, plain(answer.json)]).toEqual([name, 404, plain(nothing.json)])
        const event = operations[name].socket
        if (event !== null) expect(plain(await socket.emit(event, input))).toEqual(unknown)
      }
    }
    socket.close()
    expect((await alice.does('getMe', {})).role).toBe('member')
    expect(ofOperators.length).toBeGreaterThan(1)
  })

  test('[ACC-2] a role that is taken away is gone at once, also on an open socket', async () => {
    const { url } = world.server
    const olga = await operator()
    const { alice } = await world.accounts('alice')
    await olga.does('prove', { password: olga.password })
    await olga.does('setAccountRole', { userId: alice.id, role: 'operator' })
    const socket = await openSocket(url, alice.token)
    expect(await socket.emit('list_audit', {})).toMatchObject({ ok: true })
    await olga.does('setAccountRole', { userId: alice.id, role: 'member' })
    expect(await socket.emit('list_audit', {})).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
    expect(await alice.refusal('listAudit', {})).toBe('NOT_FOUND')
    socket.close()
    expect(await olga.refusal('setAccountRole', { userId: olga.id, role: 'member' })).toBe(
      'OPERATOR_REQUIRED',
    )
    const nobody = { userId: someUserId(), role: 'operator' } as const
    expect(await olga.refusal('setAccountRole', nobody)).toBe('USER_NOT_FOUND')
  })

  test('[ACC-3] what is sensitive needs the password, said on this device in the last ten minutes', async () => {
    const { url } = world.server
    const olga = await operator()
    const { alice } = await world.accounts('alice')
    const change = { userId: alice.id, role: 'member' } as const
    clock.moveBy(limits.proofMs + 1)
    const { username, password } = olga
    const other = await askHttp(url, 'login', { username, password, tokens: 'body' })
    if (!other.ok) throw new Error('not signed in')
    expect(await olga.refusal('setAccountRole', change)).toBe('PROOF_REQUIRED')
    expect(await olga.refusal('prove', { password: `${password}.` })).toBe('PASSWORD_WRONG')
    expect(await olga.refusal('setAccountRole', change)).toBe('PROOF_REQUIRED')
    expect((await askHttp(url, 'setAccountRole', change, other.output.accessToken)).ok).toBe(true)
    const { until } = await olga.does('prove', { password })
    expect(until).toBe(clock.now() + limits.proofMs)
    const socket = await olga.socket()
    expect(await socket.emit('set_account_role', change)).toMatchObject({ ok: true })
    expect(await olga.refusal('listAudit', {})).toBeNull()
  })

  test('[ACC-4] every such act is written down: who, what, whom, when; what was refused is not', async () => {
    const olga = await operator()
    const { alice } = await world.accounts('alice')
    await olga.does('prove', { password: olga.password })
    await olga.does('setAccountRole', { userId: alice.id, role: 'operator' })
    await olga.does('setAccountRole', { userId: alice.id, role: 'operator' })
    await olga.refusal('setAccountRole', { userId: someUserId(), role: 'operator' })
    await olga.does('setAccountRole', { userId: alice.id, role: 'member' })
    const { entries } = await olga.does('listAudit', { limit: 2 })
    const common = { act: 'role_changed', actorId: olga.id, subjectId: alice.id, at: clock.now() }
    expect(entries).toMatchObject([
      { ...common, details: { role: 'member' } },
      { ...common, details: { role: 'operator' } },
    ])
    const older = await olga.does('listAudit', { before: entries[1]?.id, limit: 100 })
    expect(older.entries.some(({ id }) => entries.some((entry) => entry.id === id))).toBe(false)
  })
})

/** Without what names the request itself. */
function plain(answer: unknown): string {
  return JSON.stringify(answer, (key, value: unknown) =>
    ['requestId', 'instance'].includes(key) ? undefined : value,
  )
}
