// The ledger of deleted accounts over SQLite, the server's side.
import type { UserId } from '@palabre/protocol'
import type { ErasureRow, ErasureStore } from '../../port/erasures.ts'
import type { Reader } from '../reader.ts'
import type { Writer } from '../writer.ts'

export function sqliteErasures(reader: Reader, writer: Writer): ErasureStore {
  const { db } = reader
  const select = db.prepare<[UserId], string>('SELECT facts FROM erasures WHERE user_id = ?').pluck()
  const selectName = db
    .prepare<[string, number], number>('SELECT 1 FROM erasures WHERE name_hash = ? AND name_until > ?')
    .pluck()
  const selectAmong = db
    .prepare<[string], UserId>(
      'SELECT user_id FROM erasures WHERE user_id IN (SELECT value FROM json_each(?))',
    )
    .pluck()
  const selectPage = db
    .prepare<[string, number], string>(
      'SELECT facts FROM erasures WHERE user_id > ? ORDER BY user_id LIMIT ?',
    )
    .pluck()
  const isOpen = db
    .prepare<[number], number>(
      `SELECT 1 FROM erasures INDEXED BY erasures_open
       WHERE state <> 'done' AND (state = 'running' OR due_at <= ?) LIMIT 1`,
    )
    .pluck()

  return {
    request: (row) => writer.write('requestErasure', row),
    async of(userId) {
      const facts = select.get(userId)
      return facts === undefined ? null : (JSON.parse(facts) as ErasureRow)
    },
    cancel: (userId) => writer.write('cancelErasure', userId),
    async begin(now, limit) {
      // Asked every second, and nearly always there is none: nothing is written then.
      return isOpen.get(now) === undefined ? [] : writer.write('beginErasures', now, limit)
    },
    tombstone: (userId) => writer.write('tombstone', userId),
    done: (userId, now) => writer.write('endErasure', userId, now),
    async isNameHeld(nameHash, now) {
      return selectName.get(nameHash, now) !== undefined
    },
    async among(userIds) {
      return userIds.length === 0 ? [] : selectAmong.all(JSON.stringify(userIds))
    },
    async page(after, limit) {
      return selectPage.all(after ?? '', limit).map((facts) => JSON.parse(facts) as ErasureRow)
    },
    compact: () => writer.write('compact'),
  }
}
