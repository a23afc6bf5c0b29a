// Every index of the store, one table; each collection's own stand beside it. Made at the start, if they are not there.
// No operation of the store may need more than these: a test asks the server to explain each of them.
import type { Db, IndexDescription } from 'mongodb'
import { accountIndexes } from './account.ts'
import { erasuresIndexes } from './erasures/erasures.ts'
import { invitesIndexes } from './accounts/invites.ts'
import { reportsIndexes } from './accounts/reports.ts'
import { mediaIndexes } from './media.ts'
import { receiptsIndexes } from './receipts.ts'
import { membershipsIndexes, messagesIndexes } from './rows.ts'
import { sessionsIndexes } from './sessions.ts'
import { usersIndexes } from './users.ts'

export const indexes: Readonly<Record<string, readonly IndexDescription[]>> = {
  messages: messagesIndexes,
  memberships: membershipsIndexes,
  receipts: receiptsIndexes,
  users: usersIndexes,
  sessions: sessionsIndexes,
  account: accountIndexes,
  media: mediaIndexes,
  erasures: erasuresIndexes,
  invites: invitesIndexes,
  reports: reportsIndexes,
}

export async function createIndexes(db: Db): Promise<void> {
  for (const [name, of] of Object.entries(indexes)) await db.collection(name).createIndexes([...of])
}
