// The account's log over SQLite, the server's side.
import {
  hideKey,
  isSilenced,
  keptKey,
  silenceKey,
  type AccountEntry,
  type ClearValue,
  type ScheduleValue,
  type SilenceValue,
  type UserId,
} from '@palabre/protocol'
import type { z } from 'zod'
import type { AccountStore } from '../port/account.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

type Row = [number, string, string | null]

export function sqliteAccount(reader: Reader, writer: Writer): AccountStore {
  const selectRev = reader.db
    .prepare<[UserId], [number | null]>('SELECT max(rev) FROM account WHERE user_id = ?')
    .raw()
  const selectSince = reader.db
    .prepare<[UserId, number, number, number], Row>(
      `SELECT rev, key, value FROM account
       WHERE user_id = ? AND rev > ? AND (? > 0 OR value IS NOT NULL) ORDER BY rev LIMIT ?`,
    )
    .raw()
  const selectUnder = reader.db
    .prepare<[UserId, string, string], Row>(
      `SELECT rev, key, value FROM account
       WHERE user_id = ? AND key >= ? AND key < ? AND value IS NOT NULL ORDER BY key`,
    )
    .raw()
  // The bounds beside the key are those of the partial index.
  const selectKey = reader.db
    .prepare<[string], [UserId, string]>(
      `SELECT user_id, value FROM account
       WHERE key = ? AND key >= 'conversation:' AND key < 'conversation;' AND value IS NOT NULL`,
    )
    .raw()

  const selectDue = reader.db
    .prepare<[number, number], [UserId, string, string]>(
      `SELECT user_id, key, value FROM account
       WHERE key >= 'scheduled:' AND key < 'scheduled;' AND json_extract(value, '$.sendAt') <= ?
       ORDER BY json_extract(value, '$.sendAt') LIMIT ?`,
    )
    .raw()

  return {
    put: (userId, key, value) => writer.write('putAccount', userId, key, value),
    async rev(userId) {
      return selectRev.get(userId)?.[0] ?? 0
    },
    async since(userId, rev, limit = -1) {
      return selectSince.all(userId, rev, rev, limit).map(entryFrom)
    },
    async under(userId, prefix) {
      return selectUnder.all(userId, prefix, `${prefix}\u{10FFFF}`).map(entryFrom)
    },
    async due(now, limit) {
      return selectDue
        .all(now, limit)
        .map(([userId, key, value]) => ({ userId, key, value: JSON.parse(value) as ScheduleValue }))
    },
    async holdersOf(key) {
      return new Map(
        selectKey.all(key).map(([userId, value]) => [userId, JSON.parse(value) as AccountEntry['value']]),
      )
    },
    async unseenBy(conversationId, message) {
      const { id, seq } = message
      const unseen = new Map<UserId, 'cleared' | 'hidden'>()
      for (const [userId, value] of selectKey.iterate(silenceKey(conversationId))) {
        const { silences } = JSON.parse(value) as z.infer<typeof SilenceValue>
        if (isSilenced(silences, message, userId)) unseen.set(userId, 'hidden')
      }
      for (const [userId] of selectKey.iterate(hideKey(conversationId, id))) unseen.set(userId, 'hidden')
      for (const [userId, value] of selectKey.iterate(keptKey('clear', conversationId))) {
        const { clearedSeq } = JSON.parse(value) as z.infer<typeof ClearValue>
        if (clearedSeq >= seq) unseen.set(userId, 'cleared')
      }
      return unseen
    },
  }
}

function entryFrom([rev, key, value]: Row): AccountEntry {
  return { rev, key, value: value === null ? null : (JSON.parse(value) as AccountEntry['value']) }
}
