// Passwords: hashing and comparing them (SECURITY §4.4). Which are too weak is `weak-passwords.ts`.
// Hashing takes 64 MiB and a core's time, so it is rationed for the whole process, whatever servers it holds:
// two at once, a short queue, then a clear answer.
import { randomUUID } from 'node:crypto'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { PalabreError } from '@palabre/protocol'

/** At once: each needs 64 MiB. */
const hashesAtOnce = 2
/** Waiting: beyond, everyone is told to come back. */
const hashesWaiting = 32
/** `light`: for tests and loads on loopback, which make thousands of people. */
export type PasswordCost = 'full' | 'light'
/** argon2id is the package's default; memory in KiB. The salt is 16 random bytes. */
const settingsOf = {
  full: { memoryCost: 65_536, timeCost: 3, parallelism: 1 },
  light: { memoryCost: 64, timeCost: 1, parallelism: 1 },
} as const

let running = 0
const waiting: (() => void)[] = []

/** @throws STORE_UNAVAILABLE when too many wait */
async function rationed<T>(task: () => Promise<T>): Promise<T> {
  if (running >= hashesAtOnce) {
    if (waiting.length >= hashesWaiting) throw new PalabreError('STORE_UNAVAILABLE', { retryAfterMs: 2_000 })
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else {
    running += 1
  }
  try {
    return await task()
  } finally {
    const next = waiting.shift()
    // The place is handed over, so that nobody slips in between.
    if (next === undefined) running -= 1
    else next()
  }
}

/** argon2id in PHC format, with its own salt. @throws STORE_UNAVAILABLE */
export function hashPassword(password: string, cost: PasswordCost): Promise<string> {
  return rationed(() => hash(password, settingsOf[cost]))
}

/** Compared with a hash of nobody's when there is none, so that the answer takes as long. @throws STORE_UNAVAILABLE */
export async function isPassword(
  password: string,
  passwordHash: string | null,
  cost: PasswordCost,
): Promise<boolean> {
  const isRight = await rationed(async () => verify(passwordHash ?? (await nobodysHash(cost)), password))
  return isRight && passwordHash !== null
}

/** True when the hash was made with weaker settings than today's. */
export function isOutdated(passwordHash: string, cost: PasswordCost): boolean {
  const { memoryCost, timeCost } = parseOptions(passwordHash)
  const settings = settingsOf[cost]
  return memoryCost < settings.memoryCost || timeCost < settings.timeCost
}

const nobodys = new Map<PasswordCost, Promise<string>>()

/** Made once, of nothing anyone could know. */
function nobodysHash(cost: PasswordCost): Promise<string> {
  const made = nobodys.get(cost) ?? hash(randomUUID(), settingsOf[cost])
  nobodys.set(cost, made)
  return made
}
