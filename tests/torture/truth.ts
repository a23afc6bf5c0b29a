// The server's truth, read straight from a SQLite store: what every device must agree with. Reads only.
import type { Database } from 'better-sqlite3'
import type { ConversationId } from '@palabre/protocol'
import {
  messageColumns,
  messageFrom,
  type MessageColumns,
} from '../../packages/server/src/store/sqlite/rows.ts'
import { heldMessage, systemChange, type TrueConversation, type TrueMember, type Truth } from './history.ts'

/** Everything that is stored. `presence`: how people are, where somebody knows. */
export function truthOf(db: Database, presence: Truth['presence'] = null): Truth {
  const epoch = db.prepare<[], { value: string }>("SELECT value FROM meta WHERE name = 'epoch'").get()?.value
  if (epoch === undefined) throw new Error('the store has no epoch')
  const conversations = db
    .prepare<[], Head>(
      `SELECT key, id, kind, coalesce(title, '') AS title, rev, last_seq AS lastSeq FROM conversations ORDER BY key`,
    )
    .all()
  return { epoch, conversations: conversations.map((head) => conversationOf(db, head)), presence }
}

interface Head {
  key: number
  id: ConversationId
  kind: 'direct' | 'group'
  title: string
  rev: number
  lastSeq: number
}

function conversationOf(db: Database, { key, id, ...head }: Head): TrueConversation {
  const members = db
    .prepare<[number], TrueMember>(
      `SELECT user_id AS user, joined_seq AS joinedSeq, joined_rev AS joinedRev, delivered_seq AS deliveredSeq,
         read_seq AS readSeq FROM members WHERE conversation = ? ORDER BY user_id`,
    )
    .all(key)
  const rows = db
    .prepare<[number], [...MessageColumns, number, number]>(
      `SELECT ${messageColumns}, first_rev, changes FROM messages WHERE conversation = ? ORDER BY seq`,
    )
    .raw()
    .all(key)
  const messages = rows.map((row) => {
    const message = messageFrom(id, row.slice(0, -2) as MessageColumns)
    const [firstRev = 0, changes = 0] = row.slice(-2) as number[]
    return { ...heldMessage(message), firstRev, changes, system: systemChange(message) }
  })
  return { conversation: id, ...head, members, messages }
}
