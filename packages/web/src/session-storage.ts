// Who is signed in on this browser, and who left something unsent, kept between two starts. Holds no secret: the refresh token is an httpOnly cookie.
// What is read is checked; anything else counts as nobody.
import type { SessionStorage, StoredSession, Unsent } from '@palabre/client'
import { SessionId, User } from '@palabre/protocol'
import { z } from 'zod'

const key = 'palabre_session'
const unsentKey = 'palabre_unsent'
const Unsents = z.array(z.strictObject({ user: User, count: z.int().positive(), isDurable: z.boolean() }))
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
  try {
    return Unsents.parse(JSON.parse(localStorage.getItem(unsentKey) ?? '[]'))
  } catch {
    return []
  }
}

function readSession(): StoredSession | null {
  try {
    return Stored.parse(JSON.parse(localStorage.getItem(key) ?? 'null'))
  } catch {
    return null
  }
}
