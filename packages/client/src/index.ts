// The door of the engine: createClient(), its caches, its types; nothing else is public.
export type * from './api.ts'
export type { Cache } from './cache/port.ts'
export { memoryCache } from './cache/memory.ts'
export { openIndexedDbCache } from './cache/indexeddb.ts'
