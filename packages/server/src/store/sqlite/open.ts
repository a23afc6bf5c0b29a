// The store over SQLite: one writer in its own thread, one reader here (decision 0003).
import { join } from 'node:path'
import type { Store, StoreObserver } from '../port/store.ts'
import { sqliteAccount } from './account.ts'
import { sqliteAudit } from './accounts/audit.ts'
import { sqliteCredentials } from './accounts/credentials.ts'
import { sqliteInvites } from './accounts/invites.ts'
import { sqliteReports } from './accounts/reports.ts'
import { sqliteConversations } from './conversations.ts'
import { sqliteDigests } from './digests.ts'
import { sqliteOverview } from './accounts/overview.ts'
import { sqliteErasures } from './erasures/erasures.ts'
import { sqliteLog } from './log.ts'
import { sqliteMedia } from './media.ts'
import { sqliteMembers } from './members.ts'
import { sqlitePresence } from './presence.ts'
import type { Places } from './place.ts'
import { createReader } from './reader.ts'
import { sqliteReceipts } from './receipts.ts'
import { startSearchFiller } from './search/search-filler.ts'
import { sqliteSearch } from './search/search.ts'
import { sqliteSessions } from './sessions.ts'
import { sqliteUsers } from './users.ts'
import { databaseFile } from './wire.ts'
import { startWriter } from './writer.ts'

export interface SqliteOptions {
  /** Made if missing. Holds the database, its lock and its backups; for one server at a time. */
  dataDir: string
  observer?: StoreObserver
  /** Milliseconds since 1970; decides what has expired. */
  now?: () => number
  /** Where commits are made; left out: where they cost the least. */
  places?: Places
}

/** Opens, migrates if need be. @throws when another server uses the folder, or a newer one has used it. */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { dataDir, observer, now = Date.now, places } = options
  const writer = await startWriter(dataDir, observer, places)
  const reader = createReader(join(dataDir, databaseFile))
  const filler = startSearchFiller(writer)
  const log = sqliteLog(reader, writer, now)

  return {
    epoch: writer.epoch,
    users: sqliteUsers(reader, writer),
    sessions: sqliteSessions(reader, writer),
    conversations: sqliteConversations(reader, writer),
    members: sqliteMembers(reader),
    log: {
      ...log,
      append(message) {
        filler.stir()
        return log.append(message)
      },
    },
    search: sqliteSearch(reader, filler.settled),
    digests: sqliteDigests(reader, writer),
    receipts: sqliteReceipts(reader, writer, now),
    account: sqliteAccount(reader, writer),
    media: sqliteMedia(reader, writer),
    audit: sqliteAudit(reader, writer),
    erasures: sqliteErasures(reader, writer),
    invites: sqliteInvites(reader, writer),
    reports: sqliteReports(reader, writer),
    credentials: sqliteCredentials(reader, writer),
    overview: sqliteOverview(reader, writer),
    presence: sqlitePresence(reader, writer),
    probe: () => writer.write('probe', now()),
    async close() {
      filler.stop()
      // The reader last: answers of the last batch may still read.
      await writer.close()
      reader.close()
    },
  }
}
