// What proves who somebody is, over SQLite.
import type { UserId } from '@palabre/protocol'
import type { CredentialsStore } from '../../port/credentials.ts'
import type { Reader } from '../reader.ts'
import type { Writer } from '../writer.ts'

export function sqliteCredentials(
  reader: Pick<Reader, 'db'>,
  writer: Pick<Writer, 'write'>,
): CredentialsStore {
  const select = reader.db
    .prepare<[UserId], [number, string]>('SELECT rev, value FROM credentials WHERE user_id = ?')
    .raw()

  return {
    async of(userId) {
      const row = select.get(userId)
      return row === undefined ? null : { rev: row[0], value: row[1] }
    },
    put: (userId, from, value) => writer.write('putCredentials', userId, from, value),
  }
}
