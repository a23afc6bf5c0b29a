// Coming in by invitation, changing a password, and getting back in without e-mail: each with what is refused.
import { expect, test } from 'vitest'
import { limits } from '@palabre/protocol'
import { movedClock } from '../kit/clock.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { palabreDoes, palabre } from '../kit/operator.ts'
import type { Person } from '../kit/people.ts'
import { askHttp, askHttpRaw } from '../kit/wire.ts'
import { useWorld } from '../kit/world.ts'

const another = 'quite another phrase of hers'
let people = 0

const newcomer = (invite: string) => {
  people += 1
  const username = `new.comer${people}`
  return {
    username,
    password: 'a phrase nobody guesses',
    displayName: 'New',
    tokens: 'body' as const,
    invite,
  }
}

onEachStore('on %s', { isLong: true }, (store) => {
  const clock = movedClock()
  const world = useWorld(store, {}, clock.now)
  let operator: Person

  const login = (username: string, password: string) =>
    askHttp(world.server.url, 'login', { username, password, tokens: 'body' })
  const reset = (username: string, code: string, newPassword = another) =>
    askHttp(world.server.url, 'resetPassword', { username, code, newPassword })
  const codeOf = (answer: Awaited<ReturnType<typeof reset>>) => (answer.ok ? null : answer.error.code)

  test('[JOIN-1] [JOIN-2] [SEC-30] an invitation lets in whom it says; used up, over, taken back or unknown look the same', async () => {
    const { url } = world.server
    const { olga } = await world.accounts('olga')
    operator = olga
    const { invite, code } = await olga.does('createInvite', { role: 'operator', uses: 1 })
    expect(code.replaceAll('-', '').length * 5).toBeGreaterThanOrEqual(128)
    expect(invite.expiresAt - invite.createdAt).toBe(limits.inviteMs)
    const taken = await askHttp(url, 'register', { ...newcomer(code), username: olga.username })
    expect(!taken.ok && taken.error.code).toBe('USERNAME_TAKEN')
    const racing = await Promise.all(
      [1, 2, 3].map(() => askHttp(url, 'register', newcomer(code.toLowerCase()))),
    )
    expect(racing.filter(({ ok }) => ok)).toHaveLength(1)
    const [winner] = racing.filter((answer) => answer.ok)
    if (winner?.ok !== true) throw new Error('nobody got in')
    const me = await askHttp(url, 'getMe', {}, winner.output.accessToken)
    expect(me.ok && me.output.role).toBe('operator')

    const late = await olga.does('createInvite', { forMs: limits.inviteMinMs })
    const back = await olga.does('createInvite', { uses: 5 })
    await olga.does('revokeInvite', { inviteId: back.invite.id })
    expect(await olga.refusal('revokeInvite', { inviteId: back.invite.id })).toBe('INVITE_NOT_FOUND')
    clock.moveBy(limits.inviteMinMs)
    await olga.returns()
    const refusals = await Promise.all(
      [code, late.code, back.code, `${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}`].map((invite) =>
        askHttpRaw(url, 'register', newcomer(invite)),
      ),
    )
    expect(new Set(refusals.map(({ status, json }) => `${status} ${plain(json)}`)).size).toBe(1)
    expect(refusals[0]?.json).toMatchObject({ code: 'INVITE_REQUIRED' })
    const { invites } = await olga.does('listInvites', {})
    expect(invites.slice(0, 3)).toMatchObject([
      { revokedAt: expect.any(Number) as number },
      {},
      { id: invite.id, usesLeft: 0 },
    ])
    expect(JSON.stringify(invites)).not.toContain(code.slice(0, 9))
    const acts = (await olga.does('listAudit', {})).entries.map(({ act }) => act)
    expect(acts.slice(0, 5)).toEqual([
      'invite_revoked',
      'invite_made',
      'invite_made',
      'role_changed',
      'invite_made',
    ])
  })

  test('[PASS-1] a password is changed with the old one; other devices are signed out unless asked not to', async () => {
    const { alice } = await world.accounts('alice')
    const { username, password } = alice
    const other = await login(username, password)
    if (!other.ok) throw new Error('not signed in')
    const change = (given: object) =>
      alice.ask('changePassword', { password, newPassword: another, ...given })
    expect(codeOf((await change({ password: 'not hers at all' })) as never)).toBe('PASSWORD_WRONG')
    expect(codeOf((await change({ newPassword: 'password password' })) as never)).toBe('PASSWORD_WEAK')
    expect(codeOf((await change({ newPassword: 'short' })) as never)).toBe('INVALID')
    const kept = await change({ endsOthers: false })
    expect(kept.ok && kept.output.ended).toBe(0)
    const changed = await alice.does('changePassword', { password: another, newPassword: password })
    expect(changed.ended).toBe(1)
    const gone = await askHttp(world.server.url, 'getMe', {}, other.output.accessToken)
    expect(!gone.ok && gone.error.code).toBe('SESSION_ENDED')
    expect(await alice.refusal('getMe', {})).toBeNull()
    expect((await login(username, another)).ok).toBe(false)
    expect((await login(username, password)).ok).toBe(true)
  })

  test('[PASS-2] [PASS-3] each recovery code lets in once, whoever races; new ones end the old', async () => {
    const { bob } = await world.accounts('bob')
    expect((await bob.does('getSecurity', {})).recoveryLeft).toBeNull()
    const { codes: old } = await bob.does('makeRecoveryCodes', {})
    const { codes } = await bob.does('makeRecoveryCodes', {})
    expect(new Set(codes).size).toBe(limits.recoveryCodes)
    const [first = '', second = ''] = codes
    expect(codeOf(await reset(bob.username, old[0] ?? ''))).toBe('RESET_REFUSED')
    const racing = await Promise.all([1, 2, 3].map(() => reset(bob.username, first)))
    expect(racing.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await bob.refusal('getMe', {})).toBe('SESSION_ENDED')
    const again = await login(bob.username, another)
    if (!again.ok) throw new Error('not signed in')
    const left = await askHttp(world.server.url, 'getSecurity', {}, again.output.accessToken)
    expect(left.ok && left.output.recoveryLeft).toBe(limits.recoveryCodes - 1)
    expect(codeOf(await reset(bob.username, second, 'short'))).toBe('INVALID')
    expect(codeOf(await reset(bob.username, second, 'password password'))).toBe('PASSWORD_WEAK')
    // None of them has cost a code.
    expect((await reset(bob.username, ` ${second.toLowerCase().replaceAll('-', ' ')}`)).ok).toBe(true)
    clock.moveBy(limits.proofMs + 1)
    const { carol } = await world.accounts('carol')
    clock.moveBy(limits.proofMs + 1)
    expect(await carol.refusal('makeRecoveryCodes', {})).toBe('PROOF_REQUIRED')
  })

  test('[PASS-4] [SEC-2] an operator’s code: an hour, once, five tries, voided by the next; refusals look alike', async () => {
    const { url } = world.server
    const { carol } = await world.accounts('carol')
    const olga = operator
    const make = async () => {
      await olga.returns()
      return (await olga.does('createResetCode', { userId: carol.id })).code
    }
    const wrong = (code: string) => `${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}`
    const voided = await make()
    const tried = await make()
    expect(codeOf(await reset(carol.username, voided))).toBe('RESET_REFUSED')
    for (let i = 1; i < limits.resetTries; i += 1) await reset(carol.username, wrong(tried))
    expect(codeOf(await reset(carol.username, tried))).toBe('RESET_REFUSED')
    const late = await make()
    clock.moveBy(limits.resetMs)
    expect(codeOf(await reset(carol.username, late))).toBe('RESET_REFUSED')
    const code = await make()
    const input = { username: carol.username, code: wrong(code), newPassword: another }
    const known = await askHttpRaw(url, 'resetPassword', input)
    const unknown = await askHttpRaw(url, 'resetPassword', { ...input, username: 'nobody.at.all' })
    expect([unknown.status, plain(unknown.json)]).toEqual([known.status, plain(known.json)])
    expect((await reset(carol.username, code)).ok).toBe(true)
    expect(codeOf(await reset(carol.username, code))).toBe('RESET_REFUSED')
    expect((await login(carol.username, another)).ok).toBe(true)
    const { entries } = await olga.does('listAudit', { limit: 2 })
    expect(entries[0]).toMatchObject({
      act: 'password_reset',
      subjectId: carol.id,
      details: { by: 'operator' },
    })
    expect(JSON.stringify(entries)).not.toContain(code.slice(0, 9))
  })
})

onEachStore('beside the command line, on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  // The engine that several nodes share has commands of its own (`cli/mongo.test.ts`).
  test.runIf(store === 'sqlite')(
    '[PASS-4] [JOIN-1] [OPS-2] the command line helps while the server runs, and says what is wrong',
    async () => {
      const { url, dataDir } = world.server
      const { dave, erin } = await world.accounts('dave', 'erin')
      const json = async (...args: string[]) =>
        (await palabreDoes(dataDir, ...args, '--json'))
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>)
      const [made] = await json('people', 'reset', dave.username)
      const code = String(made?.['code'])
      expect(
        (await askHttp(url, 'resetPassword', { username: dave.username, code, newPassword: another })).ok,
      ).toBe(true)
      const [invite = ''] = (
        await palabreDoes(dataDir, 'people', 'invite', '--role', 'operator', '--uses', '2')
      ).split('\n')
      expect((await askHttp(url, 'register', newcomer(invite))).ok).toBe(true)
      const unknown = await palabre(dataDir, 'people', 'reset', 'nobody.at.all')
      expect([unknown.code, unknown.errors]).toEqual([1, 'Nobody here has the username nobody.at.all.\n'])

      await palabreDoes(dataDir, 'people', 'suspend', `@${erin.username}`)
      expect(await erin.refusal('getMe', {})).toBe('SESSION_ENDED')
      const { username, password } = erin
      const refused = await askHttp(url, 'login', { username, password, tokens: 'body' })
      expect(!refused.ok && refused.error.code).toBe('ACCOUNT_SUSPENDED')
      expect(await json('people', 'list', username)).toMatchObject([
        { username, role: 'member', sessions: 0, suspendedAt: expect.any(Number) as number },
      ])
      const record = await json('audit', '--last', '1')
      expect(record).toMatchObject([{ act: 'person_suspended', actorId: null, subjectId: erin.id }])
    },
  )
})

/** Without what names the request itself. */
function plain(answer: unknown): string {
  return JSON.stringify(answer, (key, value: unknown) =>
    ['requestId', 'instance'].includes(key) ? undefined : value,
  )
}
