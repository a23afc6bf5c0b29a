// Who is signed in on this browser, kept between two starts. Holds no secret: the refresh token is an httpOnly cookie.
// What is read is checked; anything else counts as nobody.
import type { SessionStorage, StoredSession } from '@palabre/client'
import { SessionId, User } from '@palabre/protocol'
import { z } from 'zod'

const key = 'palabre_session'
const Stored = z.strictObject({ user: User, sessionId: SessionId, refreshToken: z.null() })

export const browserSession: SessionStorage = {
  load() {
    return Promise.resolve(readSession())
  },
  save(session) {
    if (session === null) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify({ ...session, refreshToken: null }))
    return Promise.resolve()
  },
}

function readSession(): StoredSession | null {
  try {
    return Stored.parse(JSON.parse(localStorage.getItem(key) ?? 'null'))
  } catch {
    return null
  }
}
