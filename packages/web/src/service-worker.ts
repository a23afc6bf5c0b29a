// Keeps the app's own files, so that a reload without a network still opens the app (messages come from the cache).
// Only the shell: nothing of the API, the socket or other people's data is ever kept here (SEC-31).
// A new version waits until no page of the old one is open, or until the person says so in one of them.
// And what is there when no page is: notifications, and what a person does in them (`service-worker/`).
import type { PushNote } from '@palabre/protocol'
import { answer, markRead, renewSubscription, sendKept } from './service-worker/answers.ts'
import { receive } from './service-worker/notes.ts'
import { worker, type Shdata } from './service-worker/scope.ts'

declare const __SHELL_FILES__: string[]
declare const __SHELL_VERSION__: string

const prefix = 'palabre-shell-'
const cacheName = `${prefix}${__SHELL_VERSION__}`
const page = '/index.html'
const files = new Set(__SHELL_FILES__)

worker.addEventListener('install', (event) => {
  event.waitUntil(keepShell())
})

worker.addEventListener('activate', (event) => {
  event.waitUntil(dropOldShells())
})

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return
  if (url.pathname.startsWith('/api/') || url.pathname.startsWith('/socket.io/')) return
  if (request.mode === 'navigate') event.respondWith(kept(page, request))
  else if (files.has(url.pathname)) event.respondWith(kept(url.pathname, request))
  else if (url.pathname.startsWith('/assets/')) event.respondWith(keptOnce(request))
})

worker.addEventListener('message', (event) => {
  const word = event.data as { name?: unknown } | null
  if (word?.name === 'takeOver') event.waitUntil(worker.skipWaiting())
})

worker.addEventListener('push', (event) => {
  // Whatever waits goes out too: the network is there.
  event.waitUntil(Promise.all([receive(noteOf(event.data)), sendKept()]))
})

worker.addEventListener('notificationclick', (event) => {
  const { notification, action } = event
  notification.close()
  const shown = (notification.data ?? {}) as Partial<Shdata>
  // Where one writes in the notification itself; elsewhere the conversation is opened to write there.
  const text = ((event as { reply?: unknown }).reply ?? '') as string
  const { conversationId, seq = 0, userId = null, lines = [], path = '/' } = shown
  if (conversationId !== undefined && action === 'reply' && text.trim() !== '')
    event.waitUntil(answer({ conversationId, seq, userId, lines, path }, text.trim()))
  else if (conversationId !== undefined && action === 'read') event.waitUntil(markRead(conversationId, seq))
  else event.waitUntil(showPage(/^\/(c|settings)\//.test(path) ? path : '/'))
})

worker.addEventListener('pushsubscriptionchange', (event) => {
  const { newSubscription } = event as { newSubscription?: PushSubscription | null }
  // Without a session or a network the page does it, at its next start.
  ;(event as ExtendableEvent).waitUntil(renewSubscription(newSubscription ?? null).catch(() => undefined))
})

worker.addEventListener('sync' as 'activate', (event) => {
  event.waitUntil(sendKept())
})

/** Only this server can have encrypted it. */
function noteOf(data: PushMessageData | null): PushNote | null {
  try {
    return (data?.json() as PushNote | undefined) ?? null
  } catch {
    return null
  }
}

async function keepShell(): Promise<void> {
  const cache = await caches.open(cacheName)
  // `reload`: past the browser's own cache, so that all files are of one build.
  await cache.addAll(__SHELL_FILES__.map((path) => new Request(path, { cache: 'reload' })))
}

/** All but the last one before: pages that still show it, in other tabs, fetch their parts from there. */
async function dropOldShells(): Promise<void> {
  const names = await caches.keys()
  const old = names.filter((name) => name.startsWith(prefix) && name !== cacheName).slice(0, -1)
  await Promise.all(old.map((name) => caches.delete(name)))
}

/** The kept file; the network when it is not there (a sign-out wipes the caches). */
async function kept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName)
  const response = await cache.match(path)
  if (response !== undefined) return response
  const fresh = await fetch(request)
  if (fresh.ok && !fresh.redirected) await cache.put(path, fresh.clone())
  return fresh
}

/** A part of an older build, whose page is still open; the network where none is kept. */
async function keptOnce(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request)
}

async function showPage(path: string): Promise<void> {
  const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const first = windows.find(({ focused }) => focused) ?? windows[0]
  if (first === undefined) {
    await worker.clients.openWindow(path)
    return
  }
  await first.focus()
  first.postMessage({ name: 'open', path })
}
