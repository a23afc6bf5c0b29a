// The few things that an operator's command may change while the server runs: accounts, invitations, codes, the record.
// The server keeps none of them in memory, so a second connection may write them; conversations it must never touch.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Aside } from '../../port/aside.ts'
import { openFile } from '../connection.ts'
import { migrations } from '../migrations/index.ts'
import { sqliteSessions } from '../sessions.ts'
import { sqliteUsers } from '../users.ts'
import { databaseFile } from '../wire.ts'
import { accountsWrites } from '../writes/accounts.ts'
import { sessionWrites, userWrites } from '../writes/people.ts'
import type { Writer } from '../writer.ts'
import { sqliteAudit } from './audit.ts'
import { sqliteCredentials } from './credentials.ts'
import { sqliteInvites } from './invites.ts'
import { sqliteOverview } from './overview.ts'

/** @throws when there is no store, or one that another version of the program made */
export function openSqliteAside(dataDir: string): Aside {
  const file = join(dataDir, databaseFile)
  if (!existsSync(file)) throw new Error(`There is no store in ${dataDir}.`)
  const db = openFile(file)
  if (db.pragma('user_version', { simple: true }) !== migrations.at(-1)?.number) {
    db.close()
    throw new Error('The store is of another version: start this version of the server once, then try again.')
  }
  const writes: Record<string, (...args: never[]) => unknown> = {
    ...userWrites(db),
    ...sessionWrites(db),
    ...accountsWrites(db),
  }
  const writer: Pick<Writer, 'write'> = {
    async write(name, ...args) {
      const write = writes[name]
      if (write === undefined) throw new Error(`not a write of accounts: ${name}`)
      return db.transaction(() => write(...(args as never[]))).immediate() as never
    },
  }
  const reader = { db }
  return {
    users: sqliteUsers(reader, writer),
    invites: sqliteInvites(reader, writer),
    credentials: sqliteCredentials(reader, writer),
    audit: sqliteAudit(reader, writer),
    sessions: sqliteSessions(reader, writer),
    overview: sqliteOverview(reader, writer),
    async close() {
      db.close()
    },
  }
}
