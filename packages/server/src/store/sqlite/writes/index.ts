// The table of everything that the writer can be asked to do.
import type { Database } from 'better-sqlite3'
import type { Heads } from '../heads.ts'
import { createKeptDigests } from '../kept-digests.ts'
import { conversationWrites } from './conversations.ts'
import { digestWrites } from './digests.ts'
import { logWrites } from './log.ts'
import { accountWrites, sessionWrites, userWrites } from './people.ts'
import { mediaWrites } from './media.ts'
import { receiptWrites } from './receipts.ts'

export function createWrites(db: Database, heads: Heads) {
  const digests = createKeptDigests(db)
  const probe = db.prepare<[string]>(
    `INSERT INTO meta (name, value) VALUES ('probed', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  )
  return {
    ...logWrites(db, heads, digests),
    ...conversationWrites(db, heads, digests),
    ...digestWrites(db, heads),
    ...receiptWrites(db, heads),
    ...userWrites(db),
    ...sessionWrites(db),
    ...accountWrites(db),
    probe(now: number): void {
      probe.run(String(now))
    ...mediaWrites(db),
    /** True while there may be more. */
    fillSearch(): boolean {
      return search.fill()
    },
    },
  }
}

export type Writes = ReturnType<typeof createWrites>
export type WriteName = keyof Writes
