// The cache of a person in this browser: IndexedDB, and memory as long as that fails. Several tabs may have it open;
// which of them writes what comes from the server is decided in `tabs/`.
import { openIndexedDbCache, removeIndexedDbCache } from './indexeddb.ts'
import { createKeptCaches } from './kept.ts'

/** Opens the user's cache, made at the first time. */
export const openBrowserCache = createKeptCaches({ open: openIndexedDbCache, remove: removeIndexedDbCache })
