// Who is signed in on this browser, and who left something unsent, kept between two starts. Holds no secret: the refresh token is an httpOnly cookie.
// What is read is checked; anything else counts as nobody.
import type { SessionStorage, StoredSession, Unsent } from '@palabre/client'
import type { SessionId, User } from '@palabre/protocol'

const key = 'palabre_session'
const unsentKey = 'palabre_unsent'

export const browserSession: SessionStorage = {
  load() {
    return Promise.resolve(readSession())
  },
  save(session) {
    if (session === null) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify({ ...session, refreshToken: null }))
    return Promise.resolve()
  },
  loadUnsent() {
    return Promise.resolve(readUnsent())
  },
  saveUnsent(unsent) {
    if (unsent.length === 0) localStorage.removeItem(unsentKey)
    else localStorage.setItem(unsentKey, JSON.stringify(unsent))
    return Promise.resolve()
  },
}

function readUnsent(): Unsent[] {
  const all = read(unsentKey)
  if (!Array.isArray(all)) return []
  return all.flatMap((one: unknown) => {
    const { user, count, isDurable } = fieldsOf(one)
    const writer = userOf(user)
    const isKnown = writer !== null && Number.isInteger(count) && Number(count) > 0
    return isKnown ? [{ user: writer, count: Number(count), isDurable: isDurable === true }] : []
  })
}

function readSession(): StoredSession | null {
  const { user, sessionId } = fieldsOf(read(key))
  const me = userOf(user)
  if (me === null || typeof sessionId !== 'string') return null
  return { user: me, sessionId: sessionId as SessionId, refreshToken: null }
}

/** The server says the rest at once; without these three nobody can be shown. */
function userOf(value: unknown): User | null {
  const fields = fieldsOf(value)
  const { id, username, displayName } = fields
  const isSomebody = [id, username, displayName].every((field) => typeof field === 'string' && field !== '')
  return isSomebody ? ({ about: '', avatarId: null, rev: 0, ...fields } as User) : null
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function read(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(name) ?? 'null')
  } catch {
    return null
  }
}
