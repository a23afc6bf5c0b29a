// The keys of this server: made at its first start, kept beside the store in files that only the
// server's user may read, and refused when they are too short to trust (SECURITY §4.3, §4.4).
// None of them is ever logged, sent, or put into the store.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
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

/**
 * Reads the keys in `dataDir`, making those that are missing.
 * @throws Error with one sentence when a file is unreadable, malformed or holds too short a key.
 */
export function openSecrets(dataDir: string, options: { wantsInvite: boolean }): Secrets {
  const directory = join(dataDir, 'keys')
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
  const invitePath = options.wantsInvite ? join(dataDir, 'invite-code') : null
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

/** The file's text; made first, whole or not at all, when it is not there. */
function kept(path: string, make: () => string): string {
  if (!existsSync(path)) {
    const draft = `${path}.${process.pid}`
    writeFileSync(draft, `${make()}\n`, { mode: 0o600, flag: 'wx' })
    renameSync(draft, path)
  }
  chmodSync(path, 0o600)
  return readFileSync(path, 'utf8').trim()
}

function parsed<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new Error('A file in the keys directory of DATA_DIR is not what this server wrote there.', {
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
