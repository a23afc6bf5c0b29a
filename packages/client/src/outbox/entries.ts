// Where the entries of the outbox are kept: the cache of this device, which other tabs may share.
import type { Replica } from '../sync/replica.ts'
import type { OutboxOptions } from './door.ts'

/** `hasOthers`: other tabs may have added some. */
export function entriesIn(
  replica: Pick<Replica, 'inCache'>,
  hasOthers: () => boolean,
): OutboxOptions['store'] {
  return {
    addEntry: (entry, least, files) => replica.inCache((cache) => cache.addEntry(entry, least, files)),
    added: async () =>
      hasOthers() ? await replica.inCache(async (cache) => (await cache.entries?.()) ?? []) : [],
    putEntry: (entry) => replica.inCache((cache) => cache.putEntry(entry)),
    removeEntries: (orders) => replica.inCache((cache) => cache.write({ removeEntries: [...orders] })),
  }
}
