// When people were last there, over SQLite. Written lazily; who is online now is the cluster's to know.
import type { UserId } from '@palabre/protocol'
import type { Store } from '../port/store.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

export function sqlitePresence(reader: Reader, writer: Writer): Store['presence'] {
  const select = reader.db
    .prepare<[string], [UserId, number]>(
      'SELECT user_id, at FROM last_seen WHERE user_id IN (SELECT value FROM json_each(?))',
    )
    .raw()

  return {
    setLastSeen: (userId, at) => writer.write('setLastSeen', userId, at),
    async lastSeen(userIds) {
      return new Map(select.all(JSON.stringify(userIds)))
    },
  }
}
