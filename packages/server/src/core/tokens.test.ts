// Tokens over a store of sessions in memory, with a clock that is set by hand.
import { SignJWT, UnsecuredJWT, decodeJwt } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import { limits, PalabreError, UserId, type SessionId } from '@palabre/protocol'
import { createMemoryCluster } from '../cluster/memory.ts'
import type { SessionRow } from '../store/port/sessions.ts'
import { createTokens, type TokenParts } from './tokens.ts'

const userId = UserId.parse('01890000-0000-7000-8000-00000000000a')
const key = new Uint8Array(32).fill(1)
const refreshKey = new Uint8Array(32).fill(2)
let clock = 0
const rows = new Map<SessionId, SessionRow>()
const ended: SessionId[] = []

const sessions: TokenParts['store']['sessions'] = {
  async create(row) {
    rows.set(row.id, { ...row })
  },
  async byId(id) {
    const row = rows.get(id)
    return row === undefined ? null : { ...row }
  },
  async existing(ids) {
    return ids.filter((id) => rows.has(id))
  },
  async ofUser(id) {
    return [...rows.values()].filter((row) => row.userId === id).sort((a, b) => b.lastUsedAt - a.lastUsedAt)
  },
  async rotate(id, from, now) {
    const row = rows.get(id)
    if (row?.generation !== from) return false
    rows.set(id, { ...row, generation: from + 1, rotatedAt: now, lastUsedAt: now, isConfirmed: false })
    return true
  },
  async confirm(id, generation) {
    const row = rows.get(id)
    if (row?.generation === generation) row.isConfirmed = true
  },
  async touch(id, now) {
    const row = rows.get(id)
    if (row !== undefined) row.lastUsedAt = now
  },
  async end(id) {
    return rows.delete(id)
  },
  async endOthers(id, keep) {
    const others = [...rows.values()]
      .filter((row) => row.userId === id && row.id !== keep)
      .map((row) => row.id)
    for (const other of others) rows.delete(other)
    return others
  },
  async endStale(usedBefore, createdBefore) {
    const isStale = (row: SessionRow) => row.lastUsedAt < usedBefore || row.createdAt < createdBefore
    const stale = [...rows.values()].filter(isStale).map((row) => row.id)
    for (const id of stale) rows.delete(id)
    return stale
  },
}

function create(change: { epoch?: string; issuer?: string } = {}) {
  return createTokens({
    keys: [{ kid: 'k1', key }],
    refreshKey,
    issuer: change.issuer ?? 'https://chat.example',
    accessTokenMs: limits.accessTokenMs,
    store: { epoch: change.epoch ?? 'epoch-1', sessions },
    fanout: { endSession: (id) => void ended.push(id) },
    cluster: createMemoryCluster(),
    now: () => clock,
  })
}

async function codeOf(promise: Promise<unknown>) {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return error instanceof PalabreError ? error.code : error
}

beforeEach(() => {
  clock = 1_800_000_000_000
  rows.clear()
  ended.length = 0
})

describe('access tokens', () => {
  test('speak for their session for 15 minutes', async () => {
    const tokens = create()
    const { session, tokens: given } = await tokens.open(userId, 'Laptop')
    expect(await tokens.authenticate(given.accessToken)).toEqual({
      userId,
      sessionId: session.id,
      expiresAt: given.expiresAt,
    })
    clock += limits.accessTokenMs + 6_000
    expect(await codeOf(tokens.authenticate(given.accessToken))).toBe('TOKEN_EXPIRED')
  })

  test('hold no data of the user', async () => {
    const { tokens: given } = await create().open(userId, 'Laptop')
    const names = Object.keys(decodeJwt(given.accessToken)).sort()
    expect(names).toEqual(['aud', 'epoch', 'exp', 'gen', 'iat', 'iss', 'sid', 'sub'])
  })

  test('of another make are refused', async () => {
    const tokens = create()
    const { session, tokens: given } = await tokens.open(userId, 'Laptop')
    const claims = { sid: session.id, gen: 1, epoch: 'epoch-1' }
    const forged = (alg: string, typ: string, kid: string, secret: Uint8Array, audience: string) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg, typ, kid })
        .setIssuer('https://chat.example')
        .setAudience(audience)
        .setSubject(userId)
        .setIssuedAt(clock / 1_000)
        .setExpirationTime(clock / 1_000 + 600)
        .sign(secret)
    expect(
      await codeOf(tokens.authenticate(await forged('HS256', 'at+jwt', 'k1', key, 'palabre'))),
    ).toBeNull()
    const others = [
      await forged('HS512', 'at+jwt', 'k1', new Uint8Array(64).fill(1), 'palabre'),
      await forged('HS256', 'JWT', 'k1', key, 'palabre'),
      await forged('HS256', 'at+jwt', 'k2', key, 'palabre'),
      await forged('HS256', 'at+jwt', 'k1', new Uint8Array(32).fill(9), 'palabre'),
      await forged('HS256', 'at+jwt', 'k1', key, 'palabre-media'),
      new UnsecuredJWT({ ...claims, sub: userId }).encode(),
      given.refreshToken,
      'nonsense',
      '',
    ]
    for (const other of others) expect(await codeOf(tokens.authenticate(other))).toBe('TOKEN_INVALID')
    const elsewhere = create({ issuer: 'https://other.example' })
    expect(await codeOf(elsewhere.authenticate(given.accessToken))).toBe('TOKEN_INVALID')
  })

  test('[CON-3] of an ended session and of another epoch are told apart', async () => {
    const tokens = create()
    const { session, tokens: given } = await tokens.open(userId, 'Laptop')
    await tokens.authenticate(given.accessToken)
    expect(await codeOf(create({ epoch: 'epoch-2' }).authenticate(given.accessToken))).toBe('SESSION_UNKNOWN')
    await tokens.end(session.id)
    expect(await codeOf(tokens.authenticate(given.accessToken))).toBe('SESSION_ENDED')
    expect(ended).toEqual([session.id])
  })
})

describe('refresh tokens', () => {
  test('two tabs that race get the same successor', async () => {
    const tokens = create()
    const { tokens: first } = await tokens.open(userId, 'Laptop')
    const [one, two] = await Promise.all([
      tokens.refresh(first.refreshToken),
      tokens.refresh(first.refreshToken),
    ])
    expect(one.refreshToken).toBe(two.refreshToken)
    expect(one.refreshToken).not.toBe(first.refreshToken)
    await tokens.authenticate(one.accessToken)
    await tokens.authenticate(two.accessToken)
  })

  test('an answer that was lost is given again, however late', async () => {
    const tokens = create()
    const { tokens: first } = await tokens.open(userId, 'Laptop')
    const lost = await tokens.refresh(first.refreshToken)
    clock += 9_000_000
    const again = await tokens.refresh(first.refreshToken)
    expect(again.refreshToken).toBe(lost.refreshToken)
  })

  test('a copy that is used after the owner went on ends the session', async () => {
    const tokens = create()
    const { session, tokens: first } = await tokens.open(userId, 'Laptop')
    const second = await tokens.refresh(first.refreshToken)
    await tokens.authenticate(second.accessToken)
    clock += 31_000
    expect(await codeOf(tokens.refresh(first.refreshToken))).toBe('REFRESH_REUSED')
    expect(ended).toEqual([session.id])
    expect(await codeOf(tokens.refresh(second.refreshToken))).toBe('SESSION_ENDED')
    expect(await codeOf(tokens.authenticate(second.accessToken))).toBe('SESSION_ENDED')
  })

  test('a thief who is faster than the owner is found out when the owner comes', async () => {
    const tokens = create()
    const { tokens: first } = await tokens.open(userId, 'Laptop')
    const stolen = await tokens.refresh(first.refreshToken)
    await tokens.authenticate(stolen.accessToken)
    clock += limits.accessTokenMs
    expect(await codeOf(tokens.refresh(first.refreshToken))).toBe('REFRESH_REUSED')
    expect(await codeOf(tokens.refresh(stolen.refreshToken))).toBe('SESSION_ENDED')
  })

  test('of another epoch are of an unknown session, not stolen', async () => {
    const { tokens: given } = await create().open(userId, 'Laptop')
    expect(await codeOf(create({ epoch: 'epoch-2' }).refresh(given.refreshToken))).toBe('SESSION_UNKNOWN')
    expect(ended).toEqual([])
  })

  test('end when unused for too long, and at their age', async () => {
    const tokens = create()
    const { session, tokens: given } = await tokens.open(userId, 'Laptop')
    clock += limits.sessionIdleMs + 1
    expect(await codeOf(tokens.refresh(given.refreshToken))).toBe('SESSION_ENDED')
    expect(await tokens.sweep()).toBe(1)
    expect(ended).toEqual([session.id])
  })
})

test('the session that was unused the longest gives way to a new one too many', async () => {
  const tokens = create()
  const opened: SessionId[] = []
  for (let count = 0; count <= limits.sessionsPerUser; count += 1) {
    clock += 1_000
    opened.push((await tokens.open(userId, `Device ${count}`)).session.id)
  }
  expect(rows.size).toBe(limits.sessionsPerUser)
  expect(ended).toEqual([opened[0]])
})

test('a session in use does not give way, however coarse the store keeps that', async () => {
  const tokens = create()
  const { session, tokens: given } = await tokens.open(userId, 'In use')
  for (let count = 0; count < limits.sessionsPerUser; count += 1) {
    clock += 1_000
    await tokens.open(userId, `Device ${count}`)
    await tokens.authenticate(given.accessToken)
  }
  expect(ended).toHaveLength(1)
  expect(ended).not.toContain(session.id)
})
