import { PalabreError, SessionId, UserId } from '@palabre/protocol'
import { v7 as uuidv7 } from 'uuid'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createMemoryCluster } from '../cluster/memory.ts'
import type { Cluster } from '../cluster/port.ts'
import type { Caller } from './caller.ts'
import { createLimits, type Limits } from './limits.ts'

let rates: Cluster['rates']
beforeEach(() => {
  vi.useFakeTimers()
  rates = createMemoryCluster().rates
})
afterEach(() => void vi.useRealTimers())

function person(address = '192.0.2.1'): Caller {
  return {
    address,
    userAgent: '',
    cookie: null,
    session: { userId: UserId.parse(uuidv7()), sessionId: SessionId.parse(uuidv7()), socketId: null },
  }
}
const stranger = (address = '192.0.2.1'): Caller => ({ ...person(address), session: null })

async function refusal(work: Promise<void>): Promise<PalabreError | null> {
  return work.then(
    () => null,
    (error: unknown) => error as PalabreError,
  )
}

async function signIn(limits: Limits, username: string, caller: Caller, isRight: boolean) {
  const input = { username, password: 'x' }
  const error = await refusal(limits.take('login', input, caller))
  if (error !== null) return error
  await limits.settled('login', input, caller, isRight ? null : new PalabreError('CREDENTIALS_WRONG'))
  return null
}

test('twenty messages at once pass, the next one waits and then passes', async () => {
  const limits = createLimits({ isOn: true, rates })
  const alice = person()
  for (let count = 0; count < 20; count += 1) await limits.take('sendMessage', {}, alice)
  const refused = await refusal(limits.take('sendMessage', {}, alice))
  expect(refused?.code).toBe('RATE_LIMITED')
  expect(refused?.retryAfterMs).toBeGreaterThan(0)
  expect(refused?.retryAfterMs).toBeLessThanOrEqual(4_000)
  expect(await refusal(limits.take('sendMessage', {}, person()))).toBeNull()
  await vi.advanceTimersByTimeAsync(refused?.retryAfterMs ?? 0)
  expect(await refusal(limits.take('sendMessage', {}, alice))).toBeNull()
})

test('[REP-7] a person reports ten times an hour, and no more', async () => {
  const limits = createLimits({ isOn: true, rates })
  const alice = person()
  for (let count = 0; count < 10; count += 1) await limits.take('report', {}, alice)
  expect((await refusal(limits.take('report', {}, alice)))?.code).toBe('RATE_LIMITED')
  expect(await refusal(limits.take('report', {}, person()))).toBeNull()
})

test('ticks do not hold up an edit', async () => {
  const limits = createLimits({ isOn: true, rates })
  const alice = person()
  for (let count = 0; count < 20; count += 1) await limits.take('markRead', {}, alice)
  expect((await refusal(limits.take('markRead', {}, alice)))?.code).toBe('RATE_LIMITED')
  expect(await refusal(limits.take('editMessage', {}, alice))).toBeNull()
})

test('[SEC-1] guessing one password is slowed, more each time', async () => {
  const limits = createLimits({ isOn: true, rates })
  for (let count = 0; count < 6; count += 1)
    expect(await signIn(limits, 'alice', stranger(), false)).toBeNull()
  const first = await signIn(limits, 'alice', stranger(), false)
  expect(first?.code).toBe('RATE_LIMITED')
  expect(first?.retryAfterMs).toBeLessThanOrEqual(1_000)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await signIn(limits, 'alice', stranger(), false)).toBeNull()
  const second = await signIn(limits, 'alice', stranger(), false)
  expect(second?.retryAfterMs).toBeGreaterThan(1_000)
})

test('[SEC-1] a guesser locks nobody out: the owner signs in from elsewhere', async () => {
  const limits = createLimits({ isOn: true, rates })
  for (let count = 0; count < 30; count += 1) await signIn(limits, 'alice', stranger(), false)
  expect(await signIn(limits, 'alice', stranger('198.51.100.7'), true)).toBeNull()
})

test('[SEC-1] a hundred guesses at once are counted as a hundred', async () => {
  const limits = createLimits({ isOn: true, rates })
  const input = { username: 'alice', password: 'x' }
  const all = await Promise.all(
    Array.from({ length: 100 }, () => refusal(limits.take('login', input, stranger()))),
  )
  expect(all.filter((error) => error === null).length).toBeLessThanOrEqual(6)
})

test('[SEC-1] people who sign in rightly from one school are not counted', async () => {
  const limits = createLimits({ isOn: true, rates })
  for (let count = 0; count < 200; count += 1) {
    expect(await signIn(limits, `pupil${count}`, stranger(), true)).toBeNull()
  }
})

test('[SEC-30] ten wrong invite codes close the door to an address for a while', async () => {
  const limits = createLimits({ isOn: true, rates })
  const wrong = new PalabreError('INVITE_REQUIRED')
  for (let count = 0; count < 10; count += 1) {
    await limits.take('register', {}, stranger())
    await limits.settled('register', {}, stranger(), wrong)
  }
  expect((await refusal(limits.take('register', {}, stranger())))?.code).toBe('RATE_LIMITED')
  expect(await refusal(limits.take('register', {}, stranger('198.51.100.7')))).toBeNull()
})

test('switched off, everything passes', async () => {
  const limits = createLimits({ isOn: false, rates })
  const alice = person()
  for (let count = 0; count < 1_000; count += 1) await limits.take('sendMessage', {}, alice)
})

test('[SEC-30] ten thousand guesses at invite links are refused after thirty, and after 300 of one address', async () => {
  const limits = createLimits({ isOn: true, rates })
  const passed = async (guesses: number, next: () => Caller) => {
    let count = 0
    for (let guess = 0; guess < guesses; guess += 1) {
      const refused = await refusal(limits.take('lookAtLink', { code: String(guess) }, next()))
      if (refused === null) count += 1
      else expect(refused.code).toBe('RATE_LIMITED')
    }
    return count
  }
  const mallory = person()
  expect(await passed(10_000, () => mallory)).toBe(30)
  expect(await passed(1_000, () => person())).toBeLessThanOrEqual(270)
  expect(await passed(1, () => person('192.0.2.2'))).toBe(1)
})
