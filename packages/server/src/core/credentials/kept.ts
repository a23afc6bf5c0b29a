// What the server keeps of a person to know them by, besides the password's hash: hashes of recovery and reset codes, and second factors. One
// value, changed whole by compare-and-set: a code is used once whoever races, a try is counted before it is answered.
import { z } from 'zod'
import { PalabreError, type UserId } from '@palabre/protocol'
import type { CredentialsStore } from '../../store/port/credentials.ts'
import { isSameHash } from './codes.ts'

const Kept = z.object({
  recovery: z
    .object({ hashes: z.array(z.string()), madeAt: z.int() })
    .nullable()
    .default(null),
  reset: z
    .object({ hash: z.string(), expiresAt: z.int(), triesLeft: z.int(), dropsFactors: z.boolean() })
    .nullable()
    .default(null),
  /** One-time codes: the secret is sealed (`totp.ts`). */
  totp: z.object({ sealed: z.string(), since: z.int(), lastStep: z.int() }).nullable().default(null),
  /** Counts once a code of it was said. */
  pending: z.object({ sealed: z.string(), until: z.int() }).nullable().default(null),
  passkeys: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        publicKey: z.string(),
        counter: z.int(),
        createdAt: z.int(),
        lastUsedAt: z.int().nullable(),
      }),
    )
    .default([]),
  /** Challenges that were signed: each counts once. */
  used: z.array(z.object({ hash: z.string(), until: z.int() })).default([]),
  /** When wrong second factors were said. */
  wrongs: z.array(z.int()).default([]),
})
export type Kept = z.infer<typeof Kept>

/** Whoever loses so many races in a row is not racing people. */
const attempts = 20

type Credentials = CredentialsStore

export async function keptOf(credentials: Pick<Credentials, 'of'>, userId: UserId): Promise<Kept> {
  const row = await credentials.of(userId)
  return Kept.parse(row === null ? {} : JSON.parse(row.value))
}

/** `alter` is pure and may run again: it answers what is kept from now on, and what to say. */
export async function changeKept<T>(
  credentials: Credentials,
  userId: UserId,
  alter: (now: Kept) => { next: Kept; answer: T },
): Promise<T> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const row = await credentials.of(userId)
    const kept = Kept.parse(row === null ? {} : JSON.parse(row.value))
    const { next, answer } = alter(kept)
    if (next === kept) return answer
    if (await credentials.put(userId, row?.rev ?? 0, JSON.stringify(next))) return answer
  }
  throw new PalabreError('STORE_UNAVAILABLE')
}

/** The code of an operator that still counts at `now`. */
function openReset({ reset }: Kept, now: number): Kept['reset'] {
  return reset !== null && reset.expiresAt > now && reset.triesLeft > 0 ? reset : null
}

/** Takes a recovery code: null when it is none. Pure. */
export function takeRecovery(kept: Kept, hash: string | null): Kept | null {
  if (hash === null || kept.recovery === null) return null
  const { hashes } = kept.recovery
  if (!hashes.some((held) => isSameHash(held, hash))) return null
  return { ...kept, recovery: { ...kept.recovery, hashes: hashes.filter((held) => !isSameHash(held, hash)) } }
}

/** Takes the operator's code; a wrong one costs a try. Pure. */
export function takeReset(kept: Kept, hash: string | null, now: number): { next: Kept; isRight: boolean } {
  const reset = openReset(kept, now)
  if (hash === null || reset === null) return { next: kept, isRight: false }
  if (isSameHash(reset.hash, hash)) {
    const factors = reset.dropsFactors ? { totp: null, pending: null, passkeys: [] } : {}
    return { next: { ...kept, reset: null, ...factors }, isRight: true }
  }
  return { next: { ...kept, reset: { ...reset, triesLeft: reset.triesLeft - 1 } }, isRight: false }
}
