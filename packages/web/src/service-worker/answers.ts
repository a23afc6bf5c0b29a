// What a person does in a notification, without a page: answering and marking as read. Asked of the API with this
// browser's own session. An answer is on the disk before it is sent (PUSH-8), under the id that it keeps: whoever sends it
// (this worker now or later, or the page at its next start) stores it once.
import type { InputOf, Output } from '@palabre/protocol'
import { changePushMemory, readPushMemory, unreadTotal, withUnread, type KeptReply } from '../push-memory.ts'
import { showBadge, showKept } from './notes.ts'
import { worker, type Shdata } from './scope.ts'

/** Answers that wait; who writes more has the app. */
const repliesMax = 50

/** A text written in the notification of a conversation. */
export async function answer(shown: Shdata, text: string): Promise<void> {
  const { conversationId, userId, seq } = shown
  if (userId === null) return
  const reply: KeptReply = { id: newId(), userId, conversationId, text, writtenAt: Date.now() }
  const { language } = await changePushMemory((memory) => ({
    ...memory,
    replies: [...memory.replies, reply].slice(-repliesMax),
  }))
  // Whoever answers has read.
  const [isSent] = await Promise.all([sendKept(), markRead(conversationId, seq)])
  if (!isSent) await showKept(language, conversationId)
}

/** Sends what waits, the oldest first; false when something still does. */
export async function sendKept(): Promise<boolean> {
  return navigator.locks.request('palabre-kept-replies', async () => {
    const { replies } = await readPushMemory()
    const [first] = replies
    if (first === undefined) return true
    const session = await openSession().catch(() => null)
    if (session === null) return wait()
    for (const reply of replies) {
      // Somebody else is signed in here by now: it stays until the page looks.
      if (reply.userId !== session.userId) continue
      const { id, conversationId, text, writtenAt } = reply
      const status = await session
        .ask('POST', `/conversations/${conversationId}/messages`, {
          id,
          kind: 'text',
          body: { text },
          sentAt: writtenAt,
        })
        .catch(() => 0)
      // Refused for good: the page puts it before the person's eyes, as it does with any other.
      if (status < 200 || status >= 300) return wait()
      await changePushMemory((memory) => ({
        ...memory,
        replies: memory.replies.filter((kept) => kept.id !== id),
      }))
    }
    return (await readPushMemory()).replies.length === 0
  })
}

/** The browser calls again when there is a network, where it can. */
async function wait(): Promise<false> {
  const { sync } = worker.registration as { sync?: { register(tag: string): Promise<void> } }
  await sync?.register('replies').catch(() => undefined)
  return false
}

export async function markRead(conversationId: string, seq: number): Promise<void> {
  const memory = await changePushMemory((before) => withUnread(before, conversationId, 0))
  await showBadge(unreadTotal(memory))
  try {
    const session = await openSession()
    if (session.userId === memory.userId)
      await session.ask('PUT', `/conversations/${conversationId}/read`, { seq })
  } catch {
    // It is read when the app is opened.
  }
}

/** Says anew where this device is told: the browser has changed its subscription. */
export async function renewSubscription(renewed: PushSubscription | null): Promise<void> {
  const session = await openSession()
  const response = await session.get('/push/subscription')
  const { publicKey, subscription: before } = (await response.json()) as Output<'getPush'>
  if (before === null) return
  const subscription =
    renewed ??
    (await worker.registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: publicKey,
    }))
  const { endpoint, keys } = subscription.toJSON()
  const { preview, language } = before
  await session.ask('PUT', '/push/subscription', {
    endpoint: endpoint ?? '',
    p256dh: keys?.['p256dh'] ?? '',
    auth: keys?.['auth'] ?? '',
    preview,
    language,
  } satisfies InputOf<'subscribePush'>)
}

interface Session {
  userId: string
  ask(method: 'POST' | 'PUT', path: string, body: object): Promise<number>
  get(path: string): Promise<Response>
}

/** An access token of this browser's session, by its cookie; one page or worker at a time, as in the client. */
async function openSession(): Promise<Session> {
  const response = await navigator.locks.request('palabre-refresh', () =>
    call('POST', '/auth/refresh', { tokens: 'cookie' }),
  )
  if (!response.ok) throw new Error('no session')
  const { accessToken } = (await response.json()) as Output<'refresh'>
  const [, claims = ''] = accessToken.split('.')
  const { sub } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))) as { sub: string }
  return {
    userId: sub,
    ask: async (method, path, body) => (await call(method, path, body, accessToken)).status,
    get: (path) => call('GET', path, null, accessToken),
  }
}

function call(method: string, path: string, body: object | null, token?: string): Promise<Response> {
  return fetch(`/api/v1${path}`, {
    method,
    credentials: 'same-origin',
    headers: {
      ...(body !== null && { 'Content-Type': 'application/json' }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
    ...(body !== null && { body: JSON.stringify(body) }),
  })
}

/** UUIDv7, as clients make them for messages. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const time = Date.now()
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(time / 256 ** (5 - at)) % 256
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return [8, 12, 16, 20, 32].map((end, at, all) => hex.slice(all[at - 1] ?? 0, end)).join('-')
}
