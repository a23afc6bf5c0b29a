// The schema's history. Forward only: a migration that has been released is never edited.
import type { Database } from 'better-sqlite3'
import { sql as start } from './0001-start.ts'
import { sql as search } from './0005-search.ts'
import { fill as fillDigests, sql as digests } from './0002-digests.ts'
import { sql as push } from './0003-push.ts'
import { sql as kept } from './0004-kept.ts'
import { sql as media } from './0006-media.ts'
import { sql as accounts } from './0008-accounts.ts'
import { sql as scheduled } from './0010-scheduled.ts'
import { sql as settings } from './0007-settings.ts'
import { sql as erasures } from './0009-erasures.ts'
import { sql as invites } from './0011-invites.ts'
import { sql as reports } from './0013-reports.ts'
import { sql as suspended } from './0012-suspended.ts'

export interface Migration {
  /** 1, 2, 3 … as in the file's name; the database remembers the last one in `user_version`. */
  number: number
  sql: string
  /** What SQL alone cannot do, in the same transaction. */
  fill?: (db: Database) => void
}

export const migrations: readonly Migration[] = [
  { number: 1, sql: start },
  { number: 2, sql: digests, fill: fillDigests },
  { number: 3, sql: push },
  { number: 4, sql: kept },
  { number: 5, sql: search },
  { number: 6, sql: media },
  { number: 7, sql: settings },
  { number: 8, sql: accounts },
  { number: 9, sql: erasures },
  { number: 10, sql: scheduled },
  { number: 11, sql: invites },
  { number: 12, sql: suspended },
  { number: 13, sql: reports },
]
