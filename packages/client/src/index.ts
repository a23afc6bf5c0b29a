// The door of the engine: createClient(), its caches, its types; nothing else is public.
export type * from './api.ts'
export type { Cache, StorageState, StorageTrouble } from './cache/port.ts'
export { openTabCache as openIndexedDbCache } from './cache/tabs.ts'
export { memoryCache } from './cache/memory.ts'
export { createClient } from './client.ts'
export { localSessionStorage, memorySessionStorage } from './connection/session-storage.ts'
export { browserSignals } from './connection/signals.ts'
export { derive } from './observable.ts'
