// Sessions' tokens: access tokens (JWT, SECURITY §4.3) and refresh tokens (§4.4), who they speak for, and
// ending a session with immediate effect. Roles and memberships are never in a token.
// Deviation from §4.3 and §4.4, on purpose: both tokens name the store's epoch, so that after a restore a
// session is `SESSION_UNKNOWN` (sign in again, keep everything) and not `SESSION_ENDED` (CON-3).
import { createSecretKey, hash, randomBytes, type KeyObject } from 'node:crypto'
import { SignJWT, errors as joseErrors, jwtVerify } from 'jose'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { PalabreError, SessionId, UserId, limits } from '@palabre/protocol'
import type { Cluster } from '../cluster/port.ts'
import type { SessionRow } from '../store/port/sessions.ts'
import type { Store } from '../store/port/store.ts'
import type { Fanout } from './fanout.ts'
import { isSameText, judge, parseRefresh, refreshText } from './rotation.ts'

export interface Authenticated {
  userId: UserId
  sessionId: SessionId
  /** When the token ends, ms since 1970. */
  expiresAt: number
}

export interface TokenSet {
  accessToken: string
  /** Of the access token, ms since 1970. */
  expiresAt: number
  refreshToken: string
}

export interface Tokens {
  /** Who a token speaks for, over HTTP and socket alike. Confirms the refresh token it was made with.
   *  @throws TOKEN_INVALID, TOKEN_EXPIRED, SESSION_ENDED, SESSION_UNKNOWN */
  authenticate(token: string): Promise<Authenticated>
  /** What a browser fetches media by where it sends no token (MED-7): good for nothing else. */
  mediaPass(userId: UserId, sessionId: SessionId): Promise<{ pass: string; expiresAt: number }>
  /** Who such a pass speaks for. @throws as `authenticate` */
  admit(pass: string): Promise<Pick<Authenticated, 'userId' | 'sessionId'>>
  /** Signs a device in; the oldest unused session beyond the limit ends. */
  open(userId: UserId, deviceName: string, place?: string): Promise<{ session: SessionRow; tokens: TokenSet }>
  /** @throws REFRESH_INVALID, REFRESH_REUSED, SESSION_ENDED, SESSION_UNKNOWN */
  refresh(refreshToken: string, place?: string): Promise<TokenSet>
  /** Ends a session and closes its sockets. False when there was none. */
  end(sessionId: SessionId): Promise<boolean>
  /** Ends all of a user's sessions but one (or all); answers how many. */
  endOthers(userId: UserId, keep: SessionId | null): Promise<number>
  /** Ends what was unused for too long or is too old; answers how many. */
  sweep(): Promise<number>
}

export interface TokenParts {
  /** The first signs, all verify. */
  keys: readonly { kid: string; key: Uint8Array }[]
  refreshKey: Uint8Array
  /** The server's public URL. */
  issuer: string
  /** Life of an access token. */
  accessTokenMs: number
  store: Pick<Store, 'epoch'> & {
    sessions: Omit<Store['sessions'], 'setPush' | 'push' | 'dropPush' | 'pushedOf' | 'prove'>
  }
  fanout: Pick<Fanout, 'endSession'>
  cluster: Pick<Cluster, 'sessions'>
  now(): number
}

const audience = 'palabre'
const tokenType = 'at+jwt'
const mediaAudience = 'palabre-media'
const mediaType = 'media+jwt'
/** Clocks of nodes may differ by this much. */
const toleranceSeconds = 5
/** How long a session is believed without asking the store: another node may have ended it. */
const rememberMs = 10_000
const rememberedSessions = 20_000
/** Access tokens whose signature need not be computed again, by their hash. */
const rememberedTokens = 2_000
/** `lastUsedAt` is this coarse: it is for people to read. */
const touchMs = 5 * 60_000

const Claims = z.object({ sub: UserId, sid: SessionId, exp: z.int(), gen: z.int(), epoch: z.string() })

const PassClaims = Claims.omit({ gen: true })

export function createTokens(parts: TokenParts): Tokens {
  const { store, fanout, cluster, now } = parts
  const { sessions, epoch } = store
  const keys = new Map(parts.keys.map((entry) => [entry.kid, createSecretKey(entry.key)]))
  const signer = firstOf(keys)

  const remembered = new Map<SessionId, { row: SessionRow; readAt: number }>()
  /** When sessions were used last, finer than the store has it: whoever is here is not signed out for a new device. */
  const usedAt = new Map<SessionId, number>()
  /** Claims of tokens that were genuine, the oldest first. Their end and their session are looked at every time. */
  const genuine = new Map<string, z.infer<typeof Claims>>()
  /** Counts what was forgotten: a row that was being read meanwhile is not remembered. */
  let forgotten = 0

  // Whichever node has ended them.
  cluster.sessions.onEnded((ids) => {
    forgotten += 1
    for (const id of ids) {
      remembered.delete(id)
      usedAt.delete(id)
      fanout.endSession(id, 'SESSION_ENDED')
    }
  })

  function used(id: SessionId) {
    usedAt.delete(id)
    usedAt.set(id, now())
    const oldest = usedAt.keys().next()
    if (usedAt.size > rememberedSessions && !oldest.done) usedAt.delete(oldest.value)
  }

  async function rowOf(id: SessionId): Promise<SessionRow | null> {
    const kept = remembered.get(id)
    if (kept !== undefined && now() - kept.readAt < rememberMs) return kept.row
    const before = forgotten
    const row = await sessions.byId(id)
    remembered.delete(id)
    if (row !== null && forgotten === before) {
      remembered.set(id, { row, readAt: now() })
      const oldest = remembered.keys().next()
      if (remembered.size > rememberedSessions && !oldest.done) remembered.delete(oldest.value)
    }
    return row
  }

  function isStale(row: SessionRow): boolean {
    return now() - row.lastUsedAt > limits.sessionIdleMs || now() - row.createdAt > limits.sessionMaxMs
  }

  async function mint(row: SessionRow, generation: number): Promise<TokenSet> {
    const issuedAt = Math.floor(now() / 1_000)
    const expires = issuedAt + Math.floor(parts.accessTokenMs / 1_000)
    const accessToken = await new SignJWT({ sid: row.id, gen: generation, epoch })
      .setProtectedHeader({ alg: 'HS256', typ: tokenType, kid: signer.kid })
      .setIssuer(parts.issuer)
      .setAudience(audience)
      .setSubject(row.userId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expires)
      .sign(signer.key)
    return {
      accessToken,
      expiresAt: expires * 1_000,
      refreshToken: refreshText(parts.refreshKey, row, generation, epoch),
    }
  }

  async function claimsOf(token: string) {
    // By its hash: what is in memory is of no use to whoever reads it.
    const name = hash('sha256', token, 'base64url')
    const known = genuine.get(name)
    if (known === undefined) {
      const claims = await verified(token)
      const oldest = genuine.keys().next()
      if (genuine.size >= rememberedTokens && !oldest.done) genuine.delete(oldest.value)
      genuine.set(name, claims)
      return claims
    }
    if ((known.exp + toleranceSeconds) * 1_000 > now()) return known
    genuine.delete(name)
    throw new PalabreError('TOKEN_EXPIRED')
  }

  async function verified(token: string) {
    return claimsIn(Claims, await payloadOf(token, { typ: tokenType, audience }))
  }

  async function payloadOf(token: string, kind: { typ: string; audience: string }) {
    try {
      const { payload } = await jwtVerify(
        token,
        (header) => {
          const key = keys.get(header.kid ?? '')
          if (key === undefined) throw new PalabreError('TOKEN_INVALID')
          return key
        },
        {
          algorithms: ['HS256'],
          ...kind,
          issuer: parts.issuer,
          requiredClaims: ['exp', 'sub', 'sid'],
          clockTolerance: toleranceSeconds,
          currentDate: new Date(now()),
        },
      )
      return payload
    } catch (cause) {
      throw new PalabreError(cause instanceof joseErrors.JWTExpired ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID', {
        cause,
      })
    }
  }

  function closed(ids: SessionId[]) {
    if (ids.length > 0) cluster.sessions.ended(ids)
  }

  /** True: rotated. False: somebody was faster. */
  async function rotate(row: SessionRow, place?: string): Promise<boolean> {
    const isRotated = await sessions.rotate(row.id, row.generation, now(), place)
    remembered.delete(row.id)
    forgotten += 1
    return isRotated
  }

  async function end(sessionId: SessionId): Promise<boolean> {
    const isEnded = await sessions.end(sessionId)
    closed([sessionId])
    return isEnded
  }

  /** Makes room for one more. */
  async function limitSessions(userId: UserId, keep: SessionId) {
    const all = await sessions.ofUser(userId)
    const lastUsed = (row: SessionRow) => Math.max(row.lastUsedAt, usedAt.get(row.id) ?? 0)
    const others = all.filter((row) => row.id !== keep).sort((a, b) => lastUsed(b) - lastUsed(a))
    const surplus = others.slice(limits.sessionsPerUser - 1)
    for (const row of surplus) await end(row.id)
  }

  return {
    end,
    async authenticate(token) {
      const claims = await claimsOf(token)
      if (claims.epoch !== epoch) throw new PalabreError('SESSION_UNKNOWN')
      const row = await rowOf(claims.sid)
      if (row === null || row.userId !== claims.sub || isStale(row)) throw new PalabreError('SESSION_ENDED')
      if (claims.gen === row.generation && !row.isConfirmed) {
        await sessions.confirm(row.id, row.generation)
        row.isConfirmed = true
      }
      used(row.id)
      if (now() - row.lastUsedAt > touchMs) {
        row.lastUsedAt = now()
        await sessions.touch(row.id, now())
      }
      return { userId: row.userId, sessionId: row.id, expiresAt: claims.exp * 1_000 }
    },

    async mediaPass(userId, sessionId) {
      const issuedAt = Math.floor(now() / 1_000)
      const expires = issuedAt + limits.mediaTokenMs / 1_000
      const pass = await new SignJWT({ sid: sessionId, epoch })
        .setProtectedHeader({ alg: 'HS256', typ: mediaType, kid: signer.kid })
        .setIssuer(parts.issuer)
        .setAudience(mediaAudience)
        .setSubject(userId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expires)
        .sign(signer.key)
      return { pass, expiresAt: expires * 1_000 }
    },

    async admit(pass) {
      const claims = claimsIn(PassClaims, await payloadOf(pass, { typ: mediaType, audience: mediaAudience }))
      if (claims.epoch !== epoch) throw new PalabreError('SESSION_UNKNOWN')
      const row = await rowOf(claims.sid)
      if (row === null || row.userId !== claims.sub || isStale(row)) throw new PalabreError('SESSION_ENDED')
      return { userId: row.userId, sessionId: row.id }
    },

    async open(userId, deviceName, place = '') {
      const row: SessionRow = {
        id: SessionId.parse(uuidv7()),
        userId,
        deviceName,
        createdAt: now(),
        lastUsedAt: now(),
        generation: 1,
        rotatedAt: now(),
        isConfirmed: false,
        salt: randomBytes(16).toString('base64url'),
        place,
        provedAt: now(),
      }
      await sessions.create(row)
      await limitSessions(userId, row.id)
      return { session: row, tokens: await mint(row, row.generation) }
    },

    async refresh(refreshToken, place) {
      const given = parseRefresh(refreshToken)
      if (given === null) throw new PalabreError('REFRESH_INVALID')
      if (given.epoch !== epoch) throw new PalabreError('SESSION_UNKNOWN')
      // Twice at most: whoever loses the race finds the winner's generation.
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const row = await sessions.byId(given.sessionId)
        if (row === null || isStale(row)) throw new PalabreError('SESSION_ENDED')
        const genuine = refreshText(parts.refreshKey, row, given.n, epoch)
        if (!isSameText(genuine, refreshToken)) throw new PalabreError('REFRESH_INVALID')
        const verdict = judge(row, given.n, now())
        if (verdict === 'invalid') throw new PalabreError('REFRESH_INVALID')
        if (verdict === 'again') return mint(row, row.generation)
        if (verdict === 'reused') {
          await end(row.id)
          throw new PalabreError('REFRESH_REUSED')
        }
        if (await rotate(row, place)) return mint(row, row.generation + 1)
      }
      throw new PalabreError('STORE_UNAVAILABLE')
    },

    async endOthers(userId, keep) {
      const ended = await sessions.endOthers(userId, keep)
      closed(ended)
      return ended.length
    },

    async sweep() {
      const ended = await sessions.endStale(now() - limits.sessionIdleMs, now() - limits.sessionMaxMs)
      closed(ended)
      return ended.length
    },
  }
}

function firstOf(keys: ReadonlyMap<string, KeyObject>): { kid: string; key: KeyObject } {
  for (const [kid, key] of keys) return { kid, key }
  throw new Error('A key that signs access tokens is needed.')
}

function claimsIn<T>(schema: z.ZodType<T>, payload: unknown): T {
  const claims = schema.safeParse(payload)
  if (!claims.success) throw new PalabreError('TOKEN_INVALID')
  return claims.data
}
