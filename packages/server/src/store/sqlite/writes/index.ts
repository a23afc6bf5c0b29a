// The table of everything that the writer can be asked to do.
import type { Database } from 'better-sqlite3'
import type { Heads } from '../heads.ts'
import { createKeptDigests } from '../kept-digests.ts'
import { createSearchIndex } from '../search/search-index.ts'
import { accountsWrites } from './accounts.ts'
import { conversationWrites } from './conversations.ts'
import { digestWrites } from './digests.ts'
import { erasureWrites } from './erasures.ts'
import { logWrites } from './log.ts'
import { mediaWrites } from './media.ts'
import { accountWrites, sessionWrites, userWrites } from './people.ts'
import { reportWrites } from './reports.ts'
import { receiptWrites } from './receipts.ts'

export function createWrites(db: Database, heads: Heads) {
  const digests = createKeptDigests(db)
  const search = createSearchIndex(db)
  const probe = db.prepare<[string]>(
    `INSERT INTO meta (name, value) VALUES ('probed', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  )
  return {
    ...logWrites(db, heads, digests, search),
    ...conversationWrites(db, heads, digests),
    ...digestWrites(db, heads),
    ...receiptWrites(db, heads),
    ...userWrites(db),
    ...sessionWrites(db),
    ...accountWrites(db),
    ...accountsWrites(db),
    ...mediaWrites(db),
    ...erasureWrites(db),
    ...reportWrites(db),
    /** True while there may be more. */
    fillSearch(): boolean {
      return search.fill()
    },
    probe(now: number): void {
      probe.run(String(now))
    },
  }
}

export type Writes = ReturnType<typeof createWrites>
export type WriteName = keyof Writes
