// Signing up, in and out, and renewing the access token. HTTP only: these deal in cookies.
// Tokens and their rotation: SECURITY.md §4.3 and §4.4.
import { z } from 'zod'
import { SessionId } from './ids.ts'
import { limits } from './limits.ts'
import { FactorProof, PasskeyAssertion } from './accounts/factors.ts'
import { NewPassword, Password } from './accounts/password.ts'
import { operation } from './table/operation.ts'
import { name } from './text.ts'
import { DisplayName, User, Username } from './users.ts'

/** `cookie` for browsers (httpOnly, SameSite=Strict), `body` for everyone else. */
const Tokens = z.enum(['cookie', 'body'])
const DeviceName = name(limits.deviceNameLength)

const SignedIn = z.strictObject({
  user: User,
  session: z.strictObject({ id: SessionId, deviceName: z.string(), createdAt: z.int() }),
  accessToken: z.string(),
  /** Milliseconds since 1970, the server's clock. */
  expiresAt: z.int(),
  refreshToken: z.string().optional(),
})
export type SignedIn = z.infer<typeof SignedIn>

export const register = operation({
  socket: null,
  http: 'POST /auth/register',
  access: 'public',
  limit: 'register',
  summary: 'Opens an account and signs in.',
  input: z.strictObject({
    username: Username,
    password: NewPassword,
    displayName: DisplayName,
    deviceName: DeviceName.optional(),
    invite: z.string().min(1).max(128).optional(),
    tokens: Tokens.optional(),
  }),
  output: SignedIn,
})

export const login = operation({
  socket: null,
  http: 'POST /auth/login',
  access: 'public',
  limit: 'login',
  summary: 'Signs in. An unknown username and a wrong password get the same answer.',
  input: z.strictObject({
    username: z.string().max(limits.usernameMax).toLowerCase(),
    password: Password,
    /** Where `FACTOR_REQUIRED` was answered: the same again, with this. */
    factor: FactorProof.optional(),
    deviceName: DeviceName.optional(),
    tokens: Tokens.optional(),
    /** The account was to be deleted: it stays (ERASE-1). */
    stay: z.literal(true).optional(),
  }),
  output: SignedIn,
})

export const loginWithPasskey = operation({
  socket: null,
  http: 'POST /auth/passkey/login',
  access: 'public',
  limit: 'login',
  summary: 'Signs in with a passkey alone: it is something one has, opened by something one is or knows.',
  input: z.strictObject({
    assertion: PasskeyAssertion,
    deviceName: DeviceName.optional(),
    tokens: Tokens.optional(),
  }),
  output: SignedIn,
})

export const refresh = operation({
  socket: null,
  http: 'POST /auth/refresh',
  access: 'public',
  limit: 'refresh',
  summary: 'A new access token for a refresh token, which is replaced at every use.',
  input: z.strictObject({ refreshToken: z.string().max(512).optional(), tokens: Tokens.optional() }),
  output: z.strictObject({
    accessToken: z.string(),
    expiresAt: z.int(),
    refreshToken: z.string().optional(),
  }),
})

export const logout = operation({
  socket: null,
  http: 'POST /auth/logout',
  access: 'session',
  limit: 'write',
  summary: 'Ends this session and clears its cookie.',
  input: z.strictObject({}),
  output: z.strictObject({}),
})

/** Not in the table: it belongs to the connection. Same user and session as before, or the socket is closed (SEC-5). */
export const Authenticate = z.strictObject({ token: z.string().max(2_048) })

export const auth = { register, login, loginWithPasskey, refresh, logout }
