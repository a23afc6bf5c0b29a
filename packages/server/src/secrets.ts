// The keys of this server: made at its first start, kept outside the store in files that only the
// server's user may read, and refused when they are too short to trust (SECURITY §4.3, §4.4).
// Nodes share them through one folder: of several that start at once, one makes each file, and all read that one.
// None of them is ever logged, sent, or put into the store.
import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** HMAC-SHA-256 gives no more than its key holds; jose would sign with five bytes. */
const keyBytes = 32
/** 160 bits: beyond guessing (SEC-30), and still short enough to be read out. */
const inviteBytes = 20

/** A key that signs access tokens. The first of the list signs, all of them verify. */
export interface TokenKey {
  readonly kid: string
  readonly key: Uint8Array
}

export interface Secrets {
  /** One or two (two while one is being replaced). */
  readonly tokenKeys: readonly TokenKey[]
  readonly refreshKey: Uint8Array
  /** P-256, base64url: the uncompressed point and the scalar, as web push wants them. */
  readonly vapid: { readonly publicKey: string; readonly privateKey: string }
  /** SHA-256 of the invite code's UTF-8 text; null unless `REGISTRATION=invite`. */
  readonly inviteHash: Uint8Array | null
  /** Where the operator finds the code. */
  readonly invitePath: string | null
}

const TokenKeys = z
  .array(z.strictObject({ kid: z.string().regex(/^[a-z0-9]{1,32}$/), key: z.base64url() }))
  .min(1)
  .max(2)
const Vapid = z.strictObject({ publicKey: z.base64url(), privateKey: z.base64url() })

export interface SecretsPlace {
  /** Absolute; made when it is not there. */
  readonly keysDir: string
  /** Where the invite code is, if one is wanted. */
  readonly inviteDir: string
  readonly wantsInvite: boolean
}

/**
 * Reads the keys in `keysDir`, making those that are missing.
 * @throws Error with one sentence when a file is unreadable, malformed or holds too short a key.
 */
export function openSecrets({ keysDir: directory, inviteDir, wantsInvite }: SecretsPlace): Secrets {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const tokenKeys = parsed(TokenKeys, kept(join(directory, 'token-keys.json'), makeTokenKeys)).map(
    (entry) => ({
      kid: entry.kid,
      key: longEnough(Buffer.from(entry.key, 'base64url'), 'token-keys.json'),
    }),
  )
  const refreshKey = longEnough(
    Buffer.from(
      kept(join(directory, 'refresh.key'), () => randomText(keyBytes)),
      'base64url',
    ),
    'refresh.key',
  )
  const vapid = parsed(Vapid, kept(join(directory, 'vapid.json'), makeVapid))
  const invitePath = wantsInvite ? join(inviteDir, 'invite-code') : null
  const inviteHash = invitePath === null ? null : hashInvite(inviteCode(invitePath))
  return { tokenKeys, refreshKey, vapid, inviteHash, invitePath }
}

/** What is compared, in constant time, with `inviteHash`. */
export function hashInvite(code: string): Uint8Array {
  return createHash('sha256').update(code, 'utf8').digest()
}

function inviteCode(path: string): string {
  const code = kept(path, () => randomText(inviteBytes))
  if (code.length < 22) throw new Error(`The invite code in ${path} is too short: give it at least 128 bits.`)
  return code
}

/** The file's text; made first, whole or not at all, when it is not there. Whoever comes second reads the first's. */
function kept(path: string, make: () => string): string {
  if (!existsSync(path)) {
    // Process ids repeat on other machines.
    const draft = `${path}.${randomUUID()}`
    writeFileSync(draft, `${make()}\n`, { mode: 0o600, flag: 'wx', flush: true })
    try {
      publish(draft, path)
    } finally {
      rmSync(draft, { force: true })
    }
  }
  keepPrivate(path)
  return readFileSync(path, 'utf8').trim()
}

/** Gives a finished file its name, unless another node was first: a link, unlike a rename, never replaces. */
function publish(draft: string, path: string): void {
  try {
    linkSync(draft, path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    // A disk without links (exFAT) is nobody's shared folder.
    if (code !== undefined && ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(code))
      renameSync(draft, path)
    else throw error
  }
}

/** Nobody else may read it. A mounted secret cannot be changed from here: its group may, others may not. */
function keepPrivate(path: string): void {
  const { mode } = statSync(path)
  if ((mode & 0o077) === 0) return
  try {
    chmodSync(path, 0o600)
  } catch (cause) {
    if ((mode & 0o007) === 0) return
    throw new Error(`Others can read ${path}, and this user cannot forbid it: take their right away.`, {
      cause,
    })
  }
}

function parsed<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new Error('A file in the folder of keys is not what this server wrote there.', {
      cause,
    })
  }
}

function longEnough(key: Uint8Array, file: string): Uint8Array {
  if (key.length < keyBytes)
    throw new Error(`The key in ${file} is too short: ${keyBytes} random bytes are needed.`)
  return key
}

function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

function makeTokenKeys(): string {
  return JSON.stringify([{ kid: randomBytes(4).toString('hex'), key: randomText(keyBytes) }])
}

function makeVapid(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const jwk = privateKey.export({ format: 'jwk' })
  const coordinate = (value: string | undefined) => Buffer.from(value ?? '', 'base64url')
  const point = Buffer.concat([Buffer.from([4]), coordinate(jwk.x), coordinate(jwk.y)])
  return JSON.stringify({ publicKey: point.toString('base64url'), privateKey: jwk.d })
}
