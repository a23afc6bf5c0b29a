// The account's log over SQLite, the server's side.
import type { AccountEntry, UserId } from '@palabre/protocol'
import type { AccountStore } from '../port/account.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

export function sqliteAccount(reader: Reader, writer: Writer): AccountStore {
  const selectRev = reader.db
    .prepare<[UserId], [number | null]>('SELECT max(rev) FROM account WHERE user_id = ?')
    .raw()
  const selectSince = reader.db
    .prepare<[UserId, number, number], [number, string, string | null]>(
      `SELECT rev, key, value FROM account
       WHERE user_id = ? AND rev > ? AND (? > 0 OR value IS NOT NULL) ORDER BY rev`,
    )
    .raw()

  return {
    put: (userId, key, value) => writer.write('putAccount', userId, key, value),
    async rev(userId) {
      return selectRev.get(userId)?.[0] ?? 0
    },
    async since(userId, rev) {
      return selectSince.all(userId, rev, rev).map(([at, key, value]): AccountEntry => ({
        rev: at,
        key,
        value: value === null ? null : (JSON.parse(value) as AccountEntry['value']),
      }))
    },
  }
}
