// What this engine alone can be asked: whether its file is whole, its schema complete, and which rows belong to
// nothing. Rows that nobody can reach and that hold nothing people wrote can be taken away; others are only told.
import Database from 'better-sqlite3'
import type { Fault } from '../../port/doctor.ts'
import { migrate } from '../migrate.ts'
import { migrations } from '../migrations/index.ts'

interface Orphans {
  /** Answers what to call each row. */
  find: string
  says: string
  /** Takes them away; null: they hold what people wrote, or nobody can say what they should be. */
  remove: string | null
}

const noUser = (table: string) => `FROM ${table} WHERE user_id NOT IN (SELECT id FROM users)`
const noConversation = (table: string) =>
  `FROM ${table} WHERE conversation NOT IN (SELECT key FROM conversations)`
const noOperation = `FROM operations WHERE user_id NOT IN (SELECT id FROM users)
  OR NOT EXISTS (SELECT 1 FROM messages WHERE messages.conversation = operations.conversation
    AND messages.seq = operations.seq)`
/** Of a list that cannot be parsed, nothing: that is told apart. */
const listed = (column: string) => `json_each(CASE WHEN json_valid(${column}) THEN ${column} END)`

const orphans: readonly Orphans[] = [
  {
    find: `SELECT 'session ' || id ${noUser('sessions')}`,
    says: 'it has no user',
    remove: `DELETE ${noUser('sessions')}`,
  },
  {
    find: `SELECT 'account entry ' || key || ' of user ' || user_id ${noUser('account')}`,
    says: 'there is no such user',
    remove: `DELETE ${noUser('account')}`,
  },
  {
    find: `SELECT 'last seen time of user ' || user_id ${noUser('last_seen')}`,
    says: 'there is no such user',
    remove: `DELETE ${noUser('last_seen')}`,
  },
  {
    find: `SELECT 'credentials of user ' || user_id ${noUser('credentials')}`,
    says: 'there is no such user',
    remove: `DELETE ${noUser('credentials')}`,
  },
  {
    find: `SELECT DISTINCT 'name of user ' || user_id ${noUser('user_terms')}`,
    says: 'there is no such user',
    remove: `DELETE ${noUser('user_terms')}`,
  },
  {
    find: `SELECT 'membership of user ' || user_id || ' in conversation number ' || conversation
      ${noConversation('members')}`,
    says: 'there is no such conversation',
    remove: `DELETE ${noConversation('members')}`,
  },
  {
    find: `SELECT DISTINCT 'digests of conversation number ' || conversation ${noConversation('digests')}`,
    says: 'there is no such conversation',
    remove: `DELETE ${noConversation('digests')}`,
  },
  {
    find: `SELECT 'operation ' || op_id || ' of user ' || user_id ${noOperation}`,
    says: 'what it did is not there',
    remove: `DELETE ${noOperation}`,
  },
  {
    find: `SELECT 'membership of user ' || user_id || ' in conversation number ' || conversation ${noUser('members')}`,
    says: 'there is no such user',
    remove: null,
  },
  {
    find: `SELECT 'message ' || id ${noConversation('messages')}`,
    says: 'there is no such conversation',
    remove: null,
  },
  {
    find: `SELECT 'message ' || id FROM messages WHERE sender_id NOT IN (SELECT id FROM users)`,
    says: 'its sender is not there',
    remove: null,
  },
  {
    find: `SELECT 'conversation ' || id FROM conversations WHERE created_by NOT IN (SELECT id FROM users)`,
    says: 'who made it is not there',
    remove: null,
  },
  {
    find: `SELECT DISTINCT 'message ' || messages.id FROM messages, ${listed('messages.reactions')} AS reaction,
        json_each(reaction.value, '$.userIds') AS reader
      WHERE reader.value NOT IN (SELECT id FROM users)`,
    says: 'it has a reaction of a user who is not there',
    remove: null,
  },
  {
    find: `SELECT DISTINCT 'message ' || messages.id FROM messages, ${listed('messages.mentions')} AS mention
      WHERE mention.value NOT IN (SELECT id FROM users)`,
    says: 'it mentions a user who is not there',
    remove: null,
  },
]

/** Faults of the file that `REINDEX` mends; the rest of its kind only a backup does. */
const ofAnIndex = /^(row \d+ missing from index|wrong # of entries in index)/u
/** Lines of `integrity_check`; more say nothing new. */
const linesMax = 100

export function structureFaults(db: Database.Database): Fault[] {
  const fault = (says: string): Fault => ({
    check: 'structure',
    where: 'the database',
    says,
    canRepair: ofAnIndex.test(says),
  })
  try {
    const lines = db.pragma(`integrity_check(${linesMax})`) as { integrity_check: string }[]
    return lines
      .map((line) => line.integrity_check)
      .filter((line) => line !== 'ok')
      .map(fault)
  } catch (error) {
    return [fault(error instanceof Error ? error.message : String(error))]
  }
}

interface SchemaObject {
  type: string
  name: string
  sql: string
}

/** Tables and indexes that the migrations make and this database has not, or has otherwise. */
export function schemaFaults(db: Database.Database): (Fault & { missing: string | null })[] {
  const should = inMemory(schemaOf)
  const is = new Map(schemaOf(db).map((object) => [object.name, object]))
  const faults: (Fault & { missing: string | null })[] = []
  for (const { type, name, sql } of should) {
    const held = is.get(name)
    if (held !== undefined && plain(held.sql) === plain(sql)) continue
    const canRepair = held === undefined && type === 'index'
    faults.push({
      check: 'schema',
      where: `${type} ${name}`,
      says: held === undefined ? 'it is missing' : 'it is not as this program makes it',
      canRepair,
      missing: canRepair ? sql : null,
    })
  }
  return faults
}

export function idFaults(db: Database.Database): Fault[] {
  return db
    .prepare<[], string>(
      `SELECT 'message ' || id || ' of conversation number ' || conversation FROM messages
       GROUP BY conversation, id HAVING count(*) > 1`,
    )
    .pluck()
    .all()
    .map((where) => ({ check: 'ids', where, says: 'it is there more than once', canRepair: false }))
}

export function* orphanFaults(db: Database.Database): Iterable<Fault> {
  for (const { find, says, remove } of orphans) {
    for (const where of db.prepare<[], string>(find).pluck().iterate()) {
      yield { check: 'orphans', where, says, canRepair: remove !== null }
    }
  }
}

/** Answers what was taken away. */
export function removeOrphans(db: Database.Database): string[] {
  const done: string[] = []
  for (const { find, says, remove } of orphans) {
    if (remove === null) continue
    const found = db.prepare<[], string>(find).pluck().all()
    db.prepare(remove).run()
    done.push(...found.map((where) => `${where}: removed, because ${says}`))
  }
  return done
}

/** As the migrations of this program make it. */
function inMemory<T>(read: (db: Database.Database) => T): T {
  const db = new Database(':memory:')
  try {
    migrate(db, migrations, '')
    return read(db)
  } finally {
    db.close()
  }
}

function schemaOf(db: Database.Database): SchemaObject[] {
  return db
    .prepare<[], SchemaObject>(
      'SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid',
    )
    .all()
}

function plain(sql: string): string {
  return sql.replace(/\s+/gu, ' ').trim()
}
