// Passkeys (WebAuthn): what a browser is asked, and whether its answer is right. The address of the server decides for
// whom a passkey is (`PUBLIC_URL`). A challenge is signed, so nothing waits in memory for an answer that may reach
// another node; that it is used once, the caller sees to.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import {
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { PalabreError, limits, type ParsedInput, type PasskeyAssertion, type User } from '@palabre/protocol'
import type { Config } from '../../config.ts'
import type { Kept } from './kept.ts'

export type KeptPasskey = Kept['passkeys'][number]
type Where = Pick<Config, 'publicUrl' | 'isPublicUrlGiven' | 'serverName' | 'refreshKey'>

/** Null where there can be none: the address must be given, and have a name. */
function rpOf({ publicUrl, isPublicUrlGiven }: Where): { id: string; origin: string } | null {
  const { hostname, origin } = new URL(publicUrl)
  const isName = isIP(hostname.replace(/^\[|\]$/gu, '')) === 0
  return isPublicUrlGiven && isName ? { id: hostname, origin } : null
}

export function hasPasskeys(config: Where): boolean {
  return rpOf(config) !== null
}

/** @throws PASSKEYS_OFF */
function needRp(config: Where): { id: string; origin: string } {
  const rp = rpOf(config)
  if (rp === null) throw new PalabreError('PASSKEYS_OFF')
  return rp
}

/** `purpose expiry nonce mac`; as it is signed by the browser: base64url. */
function challengeText(config: Where, purpose: string, now: number): string {
  const open = `${purpose} ${now + limits.passkeyMs} ${randomBytes(16).toString('base64url')}`
  return `${open} ${macOf(config, open)}`
}

function macOf({ refreshKey }: Where, open: string): string {
  return createHmac('sha256', refreshKey).update(`challenge ${open}`).digest('base64url')
}

function isOurs(config: Where, purpose: string, challenge: string, now: number): boolean {
  const text = Buffer.from(challenge, 'base64url').toString('utf8')
  const [said = '', expiry = '', nonce = '', mac = ''] = text.split(' ')
  const right = Buffer.from(macOf(config, `${said} ${expiry} ${nonce}`))
  const given = Buffer.from(mac)
  return (
    given.length === right.length && timingSafeEqual(given, right) && said === purpose && Number(expiry) > now
  )
}

/** What a browser needs to make one. @throws PASSKEYS_OFF */
export async function optionsToMake(config: Where, user: User, held: readonly KeptPasskey[], now: number) {
  const { id: rpID } = needRp(config)
  return generateRegistrationOptions({
    rpName: config.serverName,
    rpID,
    userName: user.username,
    userDisplayName: user.displayName,
    userID: new Uint8Array(Buffer.from(user.id)),
    challenge: new Uint8Array(Buffer.from(challengeText(config, `make:${user.id}`, now))),
    attestationType: 'none',
    excludeCredentials: held.map(({ id }) => ({ id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
}

/** What a browser needs to sign with one. @throws PASSKEYS_OFF */
export function optionsToSign(config: Where, now: number) {
  const { id: rpId } = needRp(config)
  const challenge = Buffer.from(challengeText(config, 'sign', now)).toString('base64url')
  return { challenge, rpId, timeout: limits.passkeyMs, userVerification: 'required', allowCredentials: [] }
}

/** The passkey that was made. @throws PASSKEY_REFUSED, PASSKEYS_OFF */
export async function madePasskey(
  config: Where,
  user: User,
  { made, name }: ParsedInput<'addPasskey'>,
  now: number,
): Promise<KeptPasskey> {
  const { id, origin } = needRp(config)
  const verified = await verifyRegistrationResponse({
    // Of what JSON can say, this is what the library's types ask for; it checks the rest by itself.
    response: made as unknown as Parameters<typeof verifyRegistrationResponse>[0]['response'],
    expectedChallenge: (challenge) => isOurs(config, `make:${user.id}`, challenge, now),
    expectedOrigin: origin,
    expectedRPID: id,
    requireUserVerification: true,
  }).catch(() => null)
  if (verified?.verified !== true) throw new PalabreError('PASSKEY_REFUSED')
  const { credential } = verified.registrationInfo
  return {
    id: credential.id,
    name,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    createdAt: now,
    lastUsedAt: null,
  }
}

/** Whose passkey it says it is; null when it does not say. */
export function ownerOf({ response }: PasskeyAssertion): string | null {
  const { userHandle = null } = response as { userHandle?: string | null }
  return userHandle === null ? null : Buffer.from(userHandle, 'base64url').toString('utf8')
}

/** A name for the challenge that was signed, to be taken once. */
export function challengeHash({ response }: PasskeyAssertion): string {
  return createHash('sha256').update(response.clientDataJSON).digest('base64url')
}

/** The passkey with its new counter; null when it is not signed as it should be. */
export async function signedPasskey(
  config: Where,
  held: readonly KeptPasskey[],
  assertion: PasskeyAssertion,
  now: number,
): Promise<KeptPasskey | null> {
  const rp = rpOf(config)
  const passkey = held.find(({ id }) => id === assertion.id)
  if (rp === null || passkey === undefined) return null
  const verified = await verifyAuthenticationResponse({
    response: assertion as unknown as Parameters<typeof verifyAuthenticationResponse>[0]['response'],
    expectedChallenge: (challenge) => isOurs(config, 'sign', challenge, now),
    expectedOrigin: rp.origin,
    expectedRPID: rp.id,
    credential: {
      id: passkey.id,
      publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
      counter: passkey.counter,
    },
    requireUserVerification: true,
  }).catch(() => null)
  if (verified?.verified !== true) return null
  return { ...passkey, counter: verified.authenticationInfo.newCounter, lastUsedAt: now }
}
