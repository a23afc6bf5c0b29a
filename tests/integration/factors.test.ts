// The second factor at every door: one-time codes, recovery codes in their place, and what an operator keeps. Passkeys are
// made and used in a browser (tests/e2e/accounts.test.ts).
import { TOTP, Secret } from 'otpauth'
import { expect, test } from 'vitest'
import { limits, type FactorProof } from '@palabre/protocol'
import { movedClock } from '../kit/clock.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { register, type Person } from '../kit/people.ts'
import { askHttp } from '../kit/wire.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', { isLong: true }, (store) => {
  const clock = movedClock()
  const world = useWorld(store, {}, clock.now)

  const codeAt = (secret: string, at = clock.now()) =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at })

  async function login({ username, password }: Pick<Person, 'username' | 'password'>, factor?: FactorProof) {
    const input = { username, password, tokens: 'body' as const, ...(factor && { factor }) }
    const answer = await askHttp(world.server.url, 'login', input)
    return answer.ok ? null : answer.error
  }
  const byCode = (code: string): FactorProof => ({ kind: 'totp', code })

  /** With one-time codes set up, and the step of its first code over. */
  async function protect(person: Person): Promise<string> {
    const { secret } = await person.does('beginTotp', {})
    await person.does('confirmTotp', { code: codeAt(secret) })
    clock.moveBy(60_000)
    return secret
  }

  test('[FAC-1] [FAC-2] once an app is set up, the password alone lets nobody in; a code does, once', async () => {
    await operator()
    const { alice } = await world.accounts('alice')
    const begun = await alice.does('beginTotp', {})
    expect(begun.uri).toContain('otpauth://totp/')
    expect(await login(alice)).toBeNull()
    expect(await alice.refusal('confirmTotp', { code: '000 000' })).toBe('FACTOR_WRONG')
    expect(await login(alice)).toBeNull()
    const secret = await protect(alice)
    expect(await login(alice)).toMatchObject({ code: 'FACTOR_REQUIRED', details: { factors: ['totp'] } })
    expect(
      await login({ username: alice.username, password: 'not hers at all' }, byCode(codeAt(secret))),
    ).toMatchObject({
      code: 'CREDENTIALS_WRONG',
    })
    const late = codeAt(secret, clock.now() - 60_000)
    expect(await login(alice, byCode(late))).toMatchObject({ code: 'FACTOR_WRONG' })
    const racing = await Promise.all([1, 2, 3].map(() => login(alice, byCode(codeAt(secret)))))
    expect(racing.filter((error) => error === null)).toHaveLength(1)
    const before = codeAt(secret, clock.now() - 30_000)
    expect(await login(alice, byCode(before))).toMatchObject({ code: 'FACTOR_WRONG' })
    clock.moveBy(30_000)
    expect(await login(alice, byCode(codeAt(secret, clock.now() + 30_000)))).toBeNull()
    const other = await register(world.server.url, 'mallory')
    await protect(other)
    expect(await login(other, byCode(codeAt(secret)))).toMatchObject({ code: 'FACTOR_WRONG' })
  })

  test('[FAC-3] a recovery code takes its place, once; guesses with the right password have to wait', async () => {
    const { bob } = await world.accounts('bob')
    const { codes } = await bob.does('makeRecoveryCodes', {})
    const secret = await protect(bob)
    expect((await login(bob))?.details).toEqual({ factors: ['totp', 'recovery'] })
    const [code = ''] = codes
    expect(await login(bob, { kind: 'recovery', code })).toBeNull()
    expect(await login(bob, { kind: 'recovery', code })).toMatchObject({ code: 'FACTOR_WRONG' })
    for (let i = 1; i < limits.factorTries; i += 1) await login(bob, byCode('000000'))
    const waiting = await login(bob, byCode(codeAt(secret)))
    expect(waiting?.code).toBe('RATE_LIMITED')
    expect(waiting?.retryAfterMs).toBeLessThanOrEqual(limits.factorForgetMs)
    clock.moveBy(limits.factorForgetMs)
    expect(await login(bob, byCode(codeAt(secret)))).toBeNull()
  })

  test('[FAC-4] a new password does not take the second factor away, unless the operator’s code says so', async () => {
    const { url } = world.server
    const olga = await operator()
    const { carol } = await world.accounts('carol')
    const [code = ''] = (await carol.does('makeRecoveryCodes', {})).codes
    const secret = await protect(carol)
    const newPassword = 'quite another phrase'
    const { username } = carol
    expect((await askHttp(url, 'resetPassword', { username, code, newPassword })).ok).toBe(true)
    const her = { username, password: newPassword }
    expect(await login(her)).toMatchObject({ code: 'FACTOR_REQUIRED' })
    expect(await login(her, byCode(codeAt(secret)))).toBeNull()
    for (const dropsFactors of [false, true]) {
      const made = await olga.does('createResetCode', { userId: carol.id, dropsFactors })
      await askHttp(url, 'resetPassword', { username, code: made.code, newPassword })
      expect((await login(her))?.code ?? null).toBe(dropsFactors ? null : 'FACTOR_REQUIRED')
    }
  })

  test('[FAC-5] taking it away is sensitive; an operator keeps one', async () => {
    const olga = await operator()
    const { dave } = await world.accounts('dave')
    await protect(dave)
    await protect(olga)
    expect(await olga.refusal('removeTotp', {})).toBe('OPERATOR_FACTOR_REQUIRED')
    expect((await olga.does('getSecurity', {})).hasTotp).toBe(true)
    clock.moveBy(limits.proofMs + 1)
    expect(await dave.refusal('removeTotp', {})).toBe('PROOF_REQUIRED')
    await dave.does('prove', { password: dave.password })
    await dave.does('removeTotp', {})
    expect(await login(dave)).toBeNull()
    expect(await dave.refusal('beginPasskey', {})).toBe('PASSKEYS_OFF')
    await olga.does('prove', { password: olga.password })
    const { entries } = await olga.does('listAudit', { limit: 1 })
    expect(entries).toMatchObject([{ act: 'factor_removed', actorId: dave.id, details: { kind: 'totp' } }])
  })

  let first: Person | null = null
  async function operator(): Promise<Person> {
    if (first === null) {
      const { olga } = await world.accounts('olga')
      first = olga
    }
    await first.returns()
    return first
  }
})
