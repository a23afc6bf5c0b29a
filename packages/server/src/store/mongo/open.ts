// The store over MongoDB: any number of servers on one database, each with a queue a conversation, and nothing that
// they share but the unique indexes (decision 0013).
import type { Store, StoreObserver } from '../port/store.ts'
import { mongoAccount } from './account.ts'
import { mongoAudit } from './accounts/audit.ts'
import { mongoCredentials } from './accounts/credentials.ts'
import { mongoInvites } from './accounts/invites.ts'
import { mongoReports } from './accounts/reports.ts'
import { connect, type Connection } from './connection.ts'
import { mongoConversations } from './conversations.ts'
import { mongoDigests } from './digests.ts'
import { mongoOverview } from './accounts/overview.ts'
import { mongoErasures } from './erasures/erasures.ts'
import { createHeads } from './heads.ts'
import { createIndexes } from './indexes.ts'
import { mongoLog } from './log.ts'
import { mongoMedia } from './media.ts'
import { mongoMembers } from './members.ts'
import { epochOf, needSchema, needWhole, probe } from './meta.ts'
import { mongoPresence } from './presence.ts'
import { mongoReceipts } from './receipts.ts'
import { mongoSearch } from './search.ts'
import { mongoSessions } from './sessions.ts'
import { mongoUsers } from './users.ts'
import { enter, type Tenancy } from './tenancy.ts'
import { startWordsFiller } from './words.ts'
import { createWriter } from './writer.ts'

export interface MongoOptions {
  /** With the database in its path, and its credentials: never logged. */
  url: string
  observer?: StoreObserver
  /** Milliseconds since 1970; decides what has expired. */
  now?: () => number
}

/** Opens, with its indexes made. @throws when no server answers, a newer program has used the database, or an
 *  operator's command has it */
export async function openMongoStore({ url, ...options }: MongoOptions): Promise<Store> {
  return storeOver(await connect(url), options)
}

/** The store of a connection, which it closes at the end, or when it cannot be opened. */
export async function storeOver(
  connection: Connection,
  { observer, now = Date.now }: Omit<MongoOptions, 'url'> = {},
): Promise<Store> {
  const { db, guarded } = connection
  let tenancy: Tenancy | null = null
  try {
    // Said at once, before anybody waits to see whether who moves it is alive; and again once nobody can begin to.
    await needWhole(db)
    tenancy = await enter(db, { onLost: () => undefined })
    connection.onlyWhile(tenancy.isHeld)
    await needSchema(db)
    await needWhole(db)
    await createIndexes(db)
    const epoch = await epochOf(db)
    const heads = createHeads(db)
    const writer = createWriter(db, heads, observer)
    const filler = startWordsFiller(db)
    return {
      epoch,
      users: guarded(mongoUsers(db)),
      sessions: guarded(mongoSessions(db)),
      conversations: guarded(mongoConversations(db, heads)),
      members: guarded(mongoMembers(db, heads)),
      log: guarded(mongoLog({ db, heads, writer, now })),
      digests: guarded(mongoDigests(db)),
      search: guarded(mongoSearch({ db, heads, filler })),
      receipts: guarded(mongoReceipts({ db, heads, now })),
      account: guarded(mongoAccount(db)),
      media: guarded(mongoMedia(db)),
      audit: guarded(mongoAudit(db)),
      erasures: guarded(mongoErasures(db)),
      invites: guarded(mongoInvites(db)),
      reports: guarded(mongoReports(db)),
      credentials: guarded(mongoCredentials(db)),
      overview: guarded(mongoOverview(db)),
      presence: guarded(mongoPresence(db)),
      probe: guarded({ probe: () => probe(db, now()) }).probe,
      close() {
        filler.stop()
        return connection.close(tenancy?.leave)
      },
    }
  } catch (error) {
    await connection.close(tenancy?.leave)
    throw error
  }
}
