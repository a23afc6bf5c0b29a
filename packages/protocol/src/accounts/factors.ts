// The second factor (FAC-1 … FAC-5): one-time codes of an app, and passkeys, which also let in alone. Over HTTP only: it
// belongs to signing in.
import { z } from 'zod'
import { limits } from '../limits.ts'
import { operation } from '../table/operation.ts'
import { name } from '../text.ts'

const part = z.base64url().max(limits.passkeyBytes)

const base = {
  id: part,
  rawId: part,
  type: z.literal('public-key'),
  authenticatorAttachment: z.string().max(32).nullish(),
  clientExtensionResults: z.record(z.string().max(64), z.json()).default({}),
}

/** What a browser answers when somebody signs with a passkey. */
export const PasskeyAssertion = z.strictObject({
  ...base,
  response: z.strictObject({
    clientDataJSON: part,
    authenticatorData: part,
    signature: part,
    userHandle: part.nullish(),
  }),
})
export type PasskeyAssertion = z.infer<typeof PasskeyAssertion>

/** What a browser answers when a passkey is made. */
const PasskeyMade = z.strictObject({
  ...base,
  response: z.strictObject({
    clientDataJSON: part,
    attestationObject: part,
    authenticatorData: part.optional(),
    transports: z.array(z.string().max(32)).max(8).optional(),
    publicKeyAlgorithm: z.int().optional(),
    publicKey: part.optional(),
  }),
})

/** What is said besides the password, where that is asked for. */
export const FactorProof = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('totp'), code: z.string().max(16) }),
  z.strictObject({ kind: z.literal('recovery'), code: z.string().max(64) }),
  z.strictObject({ kind: z.literal('passkey'), assertion: PasskeyAssertion }),
])
export type FactorProof = z.infer<typeof FactorProof>

export const Passkey = z.strictObject({
  id: z.string(),
  name: z.string(),
  createdAt: z.int(),
  lastUsedAt: z.int().nullable(),
})
export type Passkey = z.infer<typeof Passkey>

const none = z.strictObject({})

export const beginTotp = operation({
  socket: null,
  http: 'POST /auth/totp',
  access: 'session',
  limit: 'prove',
  isSensitive: true,
  summary: 'A secret for an app that makes one-time codes. It counts once a code of it was said.',
  input: none,
  output: z.strictObject({ secret: z.string(), uri: z.string() }),
})

export const confirmTotp = operation({
  socket: null,
  http: 'PUT /auth/totp',
  access: 'session',
  limit: 'prove',
  summary: 'Says a code of the new secret: from now on signing in asks for one.',
  input: z.strictObject({ code: z.string().max(16) }),
  output: none,
})

export const removeTotp = operation({
  socket: null,
  http: 'DELETE /auth/totp',
  access: 'session',
  limit: 'prove',
  isSensitive: true,
  summary: 'Signing in asks for no one-time code any more. An operator’s last factor stays.',
  input: none,
  output: none,
})

export const beginPasskey = operation({
  socket: null,
  http: 'POST /auth/passkeys',
  access: 'session',
  limit: 'prove',
  isSensitive: true,
  summary: 'What a browser needs to make a passkey.',
  input: none,
  output: z.strictObject({ options: z.record(z.string(), z.json()) }),
})

export const addPasskey = operation({
  socket: null,
  http: 'PUT /auth/passkeys',
  access: 'session',
  limit: 'prove',
  summary: 'Keeps a passkey that was made.',
  input: z.strictObject({ name: name(limits.deviceNameLength), made: PasskeyMade }),
  output: none,
})

export const removePasskey = operation({
  socket: null,
  http: 'DELETE /auth/passkeys/:passkeyId',
  access: 'session',
  limit: 'prove',
  isSensitive: true,
  summary: 'Forgets a passkey. An operator’s last factor stays.',
  input: z.strictObject({ passkeyId: part }),
  output: none,
})

export const beginPasskeyLogin = operation({
  socket: null,
  http: 'POST /auth/passkey',
  access: 'public',
  limit: 'none',
  summary: 'What a browser needs to sign with a passkey, whoever’s it is.',
  input: none,
  output: z.strictObject({ options: z.record(z.string(), z.json()) }),
})

export const factors = {
  beginTotp,
  confirmTotp,
  removeTotp,
  beginPasskey,
  addPasskey,
  removePasskey,
  beginPasskeyLogin,
}
