// Takes away what the service worker kept, at sign-out: the next visit starts from the network (SEC-31).

export async function wipeCaches(): Promise<void> {
  if (!('caches' in globalThis)) return
  const names = await caches.keys()
  await Promise.all(names.map((name) => caches.delete(name)))
}
