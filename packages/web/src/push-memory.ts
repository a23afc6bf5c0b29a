// What the page and the service worker tell each other while one of them is not there: who is signed in, how much is
// unread where, and answers given in notifications that are not sent yet. In a cache of its own, because both can read
// that; the sign-out wipes it with the others (SEC-31). Small: no messages but those answers.

/** An answer that was written in a notification; under its own id, so that sending it twice stores it once (P2). */
export interface KeptReply {
  id: string
  userId: string
  conversationId: string
  text: string
  /** This device's clock. */
  writtenAt: number
}

export interface PushMemory {
  userId: string | null
  language: 'en' | 'fr' | 'ar'
  /** Unread messages by conversation. */
  unread: Readonly<Record<string, number>>
  replies: readonly KeptReply[]
}

const cacheName = 'palabre-push'
const place = '/push-memory.json'
const nothing: PushMemory = { userId: null, language: 'en', unread: {}, replies: [] }

/** What is kept; nothing where the browser has no caches. */
export async function readPushMemory(): Promise<PushMemory> {
  try {
    const cache = await caches.open(cacheName)
    const response = await cache.match(place)
    // Only this file writes it.
    return response === undefined ? nothing : { ...nothing, ...((await response.json()) as PushMemory) }
  } catch {
    return nothing
  }
}

/** Changes it, one change after the other over page and worker. Answers what is kept then. */
export async function changePushMemory(change: (memory: PushMemory) => PushMemory): Promise<PushMemory> {
  return navigator.locks.request(cacheName, async () => {
    const before = await readPushMemory()
    const after = change(before)
    if (after === before) return before
    const cache = await caches.open(cacheName)
    await cache.put(place, Response.json(after))
    return after
  })
}

/** The number on the app's icon. */
export function unreadTotal({ unread }: PushMemory): number {
  return Object.values(unread).reduce((sum, count) => sum + count, 0)
}

/** The same with another count there; the same object when nothing changes. */
export function withUnread(memory: PushMemory, conversationId: string, count: number): PushMemory {
  if ((memory.unread[conversationId] ?? 0) === count) return memory
  const { [conversationId]: _, ...others } = memory.unread
  return { ...memory, unread: count === 0 ? others : { ...others, [conversationId]: count } }
}
