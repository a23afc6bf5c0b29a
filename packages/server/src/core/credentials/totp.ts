// One-time codes of an app (RFC 6238): the secret is kept encrypted with a key of the server's folder of keys, so that
// whoever has a backup alone cannot make codes. A step that was used is never taken again.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'

const secretBytes = 20
const periodSeconds = 30
/** Steps before and after, for clocks that are off. */
const around = 1

export function newSecret(): string {
  return new Secret({ size: secretBytes }).base32
}

/** What an app reads out of a QR code. */
export function uriOf(secret: string, issuer: string, label: string): string {
  return totp(secret, issuer, label).toString()
}

/** The step that the code belongs to, if it is right and later than the last one; else null. Pure. */
export function stepOf(secret: string, code: string, now: number, lastStep: number): number | null {
  const token = code.replaceAll(/\s/gu, '')
  if (!/^\d{6}$/u.test(token)) return null
  const delta = totp(secret).validate({ token, timestamp: now, window: around })
  if (delta === null) return null
  const step = Math.floor(now / 1_000 / periodSeconds) + delta
  return step > lastStep ? step : null
}

/** `userId` is bound to it: one person's secret is of no use to another. */
export function seal(refreshKey: Uint8Array, userId: string, secret: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(refreshKey), nonce).setAAD(Buffer.from(userId))
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** Null where it was sealed with another key: a store that was restored without its keys. */
export function unseal(refreshKey: Uint8Array, userId: string, sealed: string): string | null {
  const bytes = Buffer.from(sealed, 'base64url')
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(refreshKey), bytes.subarray(0, 12))
    decipher.setAAD(Buffer.from(userId)).setAuthTag(bytes.subarray(12, 28))
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}

function keyOf(refreshKey: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', refreshKey, '', 'palabre one-time codes', 32))
}

function totp(secret: string, issuer = 'Palabre', label = ''): TOTP {
  return new TOTP({ issuer, label, secret: Secret.fromBase32(secret), digits: 6, period: periodSeconds })
}
