// Where a session survives a restart. In browsers without any secret: the refresh token is in an httpOnly cookie.
import type { SessionStorage, StoredSession } from '../api.ts'

const KEY = 'palabre-session'

/** Forgets at the end of the process. A bot that restarts brings its own. */
export function memorySessionStorage(initial: StoredSession | null = null): SessionStorage {
  let session = initial
  return {
    load: () => Promise.resolve(session),
    save: (next) => {
      session = next
      return Promise.resolve()
    },
  }
}

/** `localStorage`: who is signed in, never a token. */
export function localSessionStorage(): SessionStorage {
  return {
    load() {
      try {
        const text = localStorage.getItem(KEY)
        const stored = text === null ? null : (JSON.parse(text) as StoredSession)
        return Promise.resolve(stored)
      } catch {
        // Unreadable or forbidden: as if nobody were signed in.
        return Promise.resolve(null)
      }
    },
    save(session) {
      try {
        if (session === null) localStorage.removeItem(KEY)
        else localStorage.setItem(KEY, JSON.stringify({ ...session, refreshToken: null }))
      } catch {
        // Storage is forbidden: the session lives as long as the page.
      }
      return Promise.resolve()
    },
  }
}
