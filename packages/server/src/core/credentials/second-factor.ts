// Whether somebody whose password was right has shown what else their account asks for (FAC-1 … FAC-4). Every door asks
// here. What was taken (a step, a recovery code, a challenge) is kept before anybody is let in.
import { PalabreError, limits, type FactorProof, type PasskeyAssertion, type UserId } from '@palabre/protocol'
import type { Services } from '../context.ts'
import { hashOfCode } from './codes.ts'
import { changeKept, keptOf, takeRecovery, type Kept } from './kept.ts'
import { challengeHash, signedPasskey } from './passkeys.ts'
import { stepOf, unseal } from './totp.ts'

type Parts = Pick<Services, 'store' | 'config' | 'now'>

export function hasFactor({ totp, passkeys }: Kept): boolean {
  return totp !== null || passkeys.length > 0
}

/** @throws FACTOR_REQUIRED, FACTOR_WRONG, RATE_LIMITED */
export async function needFactor(
  parts: Parts,
  userId: UserId,
  proof: FactorProof | undefined,
): Promise<void> {
  const kept = await keptOf(parts.store.credentials, userId)
  if (!hasFactor(kept)) return
  if (proof === undefined) {
    const { totp, passkeys, recovery } = kept
    const factors = [
      ...(totp === null ? [] : ['totp']),
      ...(passkeys.length === 0 ? [] : ['passkey']),
      ...((recovery?.hashes.length ?? 0) === 0 ? [] : ['recovery']),
    ]
    throw new PalabreError('FACTOR_REQUIRED', { details: { factors } })
  }
  const isRight =
    proof.kind === 'passkey'
      ? await signs(parts, userId, proof.assertion)
      : await says(parts, userId, proof.kind, proof.code)
  if (!isRight) throw new PalabreError('FACTOR_WRONG')
}

/** True when one of their passkeys has signed this, for the first time. */
export async function signs(parts: Parts, userId: UserId, assertion: PasskeyAssertion): Promise<boolean> {
  const { store, config, now } = parts
  const { passkeys } = await keptOf(store.credentials, userId)
  const signed = await signedPasskey(config, passkeys, assertion, now())
  if (signed === null) return false
  const hash = challengeHash(assertion)
  return changeKept(store.credentials, userId, (kept) => {
    const used = kept.used.filter(({ until }) => until > now())
    const isThere = kept.passkeys.some(({ id }) => id === signed.id)
    if (!isThere || used.some((one) => one.hash === hash)) return { next: kept, answer: false }
    const next = {
      ...kept,
      used: [...used, { hash, until: now() + limits.passkeyMs }],
      passkeys: kept.passkeys.map((passkey) => (passkey.id === signed.id ? signed : passkey)),
    }
    return { next, answer: true }
  })
}

/** A wrong code is counted with the account: whoever has the password must not try a million. @throws RATE_LIMITED */
async function says(
  { store, config, now }: Parts,
  userId: UserId,
  kind: 'totp' | 'recovery',
  code: string,
): Promise<boolean> {
  const verdict = await changeKept<boolean | { waitMs: number }>(store.credentials, userId, (kept) => {
    const wrongs = kept.wrongs.filter((at) => at > now() - limits.factorForgetMs)
    const [first = now()] = wrongs
    if (wrongs.length >= limits.factorTries)
      return { next: kept, answer: { waitMs: first + limits.factorForgetMs - now() } }
    const next =
      kind === 'recovery'
        ? takeRecovery(kept, hashOfCode('recovery', code, userId))
        : takeStep(kept, userId, code, config.refreshKey, now())
    return next === null
      ? { next: { ...kept, wrongs: [...wrongs, now()] }, answer: false }
      : { next: { ...next, wrongs: [] }, answer: true }
  })
  if (typeof verdict === 'boolean') return verdict
  throw new PalabreError('RATE_LIMITED', { retryAfterMs: Math.max(1, verdict.waitMs) })
}

function takeStep(
  kept: Kept,
  userId: UserId,
  code: string,
  refreshKey: Uint8Array,
  now: number,
): Kept | null {
  const { totp } = kept
  const secret = totp === null ? null : unseal(refreshKey, userId, totp.sealed)
  const step = totp === null || secret === null ? null : stepOf(secret, code, now, totp.lastStep)
  return totp === null || step === null ? null : { ...kept, totp: { ...totp, lastStep: step } }
}
