// Keeps the app's own files, so that a reload without a network still opens the app (messages come from the cache).
// Only the shell: nothing of the API, the socket or other people's data is ever kept here (SEC-31).
// A new version waits until no page of the old one is open: it takes over at the next load.
declare const __SHELL_FILES__: string[]
declare const __SHELL_VERSION__: string

const worker = self as unknown as ServiceWorkerGlobalScope
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
})

worker.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const path: unknown = (event.notification.data as { path?: unknown } | null)?.path
  event.waitUntil(showPage(typeof path === 'string' && path.startsWith('/c/') ? path : '/'))
})

async function keepShell(): Promise<void> {
  const cache = await caches.open(cacheName)
  // `reload`: past the browser's own cache, so that all files are of one build.
  await cache.addAll(__SHELL_FILES__.map((path) => new Request(path, { cache: 'reload' })))
}

async function dropOldShells(): Promise<void> {
  const names = await caches.keys()
  const old = names.filter((name) => name.startsWith(prefix) && name !== cacheName)
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

async function showPage(path: string): Promise<void> {
  const windows = await worker.clients.matchAll({ type: 'window' })
  const first = windows[0]
  if (first === undefined) {
    await worker.clients.openWindow(path)
    return
  }
  await first.focus()
  first.postMessage({ name: 'open', path })
}
