// The SQLite store against the contract of custody, damaged by hand; and the damage that only this engine knows.
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { custodyContract, type Damage, type Sound } from '../contract/custody.ts'
import { direct, person, say } from '../contract/kit.ts'
import { faultsIn } from '../port/doctor.ts'
import { openFile } from './connection.ts'
import { sqliteCustody } from './custody.ts'
import { openSqliteStore } from './open.ts'
import { databaseFile } from './wire.ts'

const folder = mkdtempSync(join(tmpdir(), 'palabre-custody-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const open = (place: string) => openSqliteStore({ dataDir: join(folder, place) })
const custodyOf = (place: string) => sqliteCustody(join(folder, place))
const fileOf = (place: string) => join(folder, place, databaseFile)

function clone(from: string, to: string): void {
  cpSync(join(folder, from), join(folder, to), { recursive: true })
}

/** Does something to the file that no program of ours would. */
function alter(place: string, work: (db: Database) => void): void {
  const db = openFile(fileOf(place))
  db.pragma('foreign_keys = OFF')
  work(db)
  db.close()
}

const group = '(SELECT key FROM conversations WHERE id = :conversationId)'
const ofGroup = `WHERE conversation = ${group}`
const ofHeader = 'WHERE id = :conversationId'
/** In no conversation, and of nobody. */
const nothing = 999
const nobody = "'019a0000-0000-7000-8000-000000000000'"
const sessionColumns =
  'id, user_id, device_name, created_at, last_used_at, generation, rotated_at, is_confirmed, salt'

const damage: Record<Damage, string> = {
  'a header that is behind its log': `UPDATE conversations SET rev = rev - 1, last_seq = last_seq - 1 ${ofHeader}`,
  'a header that is ahead of its log': `UPDATE conversations SET rev = rev + 5 ${ofHeader}`,
  'a wrong number of members': `UPDATE conversations SET member_count = 7 ${ofHeader}`,
  'another title than the log says': `UPDATE conversations SET title = 'Talkers' ${ofHeader}`,
  'a member who is missing': `DELETE FROM members ${ofGroup} AND user_id = :bobId`,
  'a member whom nobody added': `INSERT INTO members VALUES (${group}, :strangerId, 0, 1, 1, 1, 1, 1)`,
  'a role that nobody gave': `UPDATE members SET role = 2 ${ofGroup} AND user_id = :bobId`,
  'a mark above the last message': `UPDATE members SET delivered_seq = 9999 ${ofGroup} AND user_id = :bobId`,
  'a mark below the first message': `UPDATE members SET read_seq = 0 ${ofGroup} AND user_id = :bobId`,
  'a wrong digest of the open block': `UPDATE conversations SET open_digest = open_digest + 1 ${ofHeader}`,
  'a digest of a full block that is missing': `DELETE FROM digests ${ofGroup}`,
  'the last message lost': `DELETE FROM messages ${ofGroup} AND seq = 261`,
  'a message lost in the middle': `DELETE FROM messages ${ofGroup} AND seq = 100`,
  'the first message lost': `DELETE FROM messages ${ofGroup} AND seq = 1`,
  'the message lost that removed somebody': `DELETE FROM messages
     WHERE conversation = (SELECT key FROM conversations WHERE id = :removedFromId) AND seq = 2`,
  'a rev that is there twice': `UPDATE messages SET rev = 50 ${ofGroup} AND id = :messageId`,
  'a message that is older than the one before it': `UPDATE messages SET created_at = 1 ${ofGroup} AND seq = 100`,
  'a message that cannot be read': `UPDATE messages SET body = '{"text' ${ofGroup} AND seq = 100`,
  'a message in no conversation': `INSERT INTO messages (conversation, seq, first_rev, rev, body_rev, id, sender_id,
     kind, body, created_at, sent_at, hash) VALUES (${nothing}, 1, 1, 1, 1, 'm', :aliceId, 'text', '{}', 1, 1, '')`,
  'a sender who is not there': `UPDATE messages SET sender_id = ${nobody} ${ofGroup} AND seq = 100`,
  'a reaction of nobody': `UPDATE messages SET reactions = json_array(json_object('emoji', 'x', 'userIds',
     json_array(${nobody}))) ${ofGroup} AND id = :messageId`,
  'a mention of nobody': `UPDATE messages SET mentions = json_array(${nobody}) ${ofGroup} AND seq = 2`,
  'a membership in no conversation': `INSERT INTO members VALUES (${nothing}, :bobId, 0, 1, 1, 1, 1, 1)`,
  'a session of nobody': `INSERT INTO sessions (${sessionColumns}) VALUES ('s', ${nobody}, 'A phone', 1, 1, 1, 1, 1, '')`,
  'an account entry of nobody': `INSERT INTO account VALUES (${nobody}, 'k', 1, '{}')`,
  'a last seen time of nobody': `INSERT INTO last_seen VALUES (${nobody}, 1)`,
  'a name of nobody': `INSERT INTO user_terms VALUES ('x', ${nobody})`,
  'an operation on nothing': `INSERT INTO operations VALUES (:aliceId, 'o', ${nothing}, 1)`,
  'a person who is not found by their name': `DELETE FROM user_terms WHERE user_id = :aliceId`,
}

custodyContract('sqlite', {
  open,
  custodyOf,
  clone,
  folder,
  replaces: true,
  damage: Object.fromEntries(
    Object.entries(damage).map(([kind, sql]) => [
      kind,
      (place: string, sound: Sound) => {
        alter(place, (db) => {
          expect(db.prepare(sql).run(namedIn(sql, sound)).changes).toBeGreaterThan(0)
        })
      },
    ]),
  ),
})

describe('sqlite custody', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    const store = await open('whole')
    const [alice, bob] = [await person(store), await person(store)]
    const id = await direct(store, alice, bob)
    for (let n = 0; n < 40; n++) await say(store, alice, id, `${'long '.repeat(100)} ${n}`)
    await store.close()
  })

  const findings = async (place: string) => {
    const doctor = custodyOf(place).doctor()
    const report = await doctor.examine()
    await doctor.close()
    return report
  }
  const repaired = async (place: string) => {
    const occupied = custodyOf(place).occupy()
    const done = await occupied.repair()
    occupied.release()
    return done
  }

  test('an index that is missing is made again', async () => {
    clone('whole', 'no-index')
    alter('no-index', (db) => db.exec('DROP INDEX members_by_user'))
    expect((await findings('no-index')).counts).toEqual({ schema: 1 })
    expect(await repaired('no-index')).toContain('index members_by_user: made again')
    expect(faultsIn(await findings('no-index'))).toBe(0)
  })

  test('an index that lacks rows is made again', async () => {
    clone('whole', 'bad-index')
    alter('bad-index', (db) => {
      // Hidden from SQLite while rows are added, the index does not learn of them.
      db.unsafeMode()
      db.pragma('writable_schema = ON')
      const row = db.prepare("SELECT * FROM sqlite_schema WHERE name = 'sessions_by_user'").get() as object
      db.prepare("DELETE FROM sqlite_schema WHERE name = 'sessions_by_user'").run()
      db.pragma('writable_schema = RESET')
      db.prepare(
        `INSERT INTO sessions (${sessionColumns}) SELECT 's', id, 'A phone', 1, 1, 1, 1, 1, '' FROM users LIMIT 1`,
      ).run()
      db.pragma('writable_schema = ON')
      db.prepare('INSERT INTO sqlite_schema VALUES (:type, :name, :tbl_name, :rootpage, :sql)').run(row)
      db.pragma('writable_schema = RESET')
    })
    const found = await findings('bad-index')
    expect(Object.keys(found.counts)).toEqual(['structure'])
    expect(found.repairable).toBe(faultsIn(found))
    expect(await repaired('bad-index')).toContain('the database: made all indexes again')
    expect(faultsIn(await findings('bad-index'))).toBe(0)
  })

  test('a page that was overwritten is found, and is not for a repair to mend', async () => {
    clone('whole', 'bad-page')
    scribble('bad-page', 0.8)
    const found = await findings('bad-page')
    expect(found.counts.structure).toBeGreaterThan(0)
    expect(found.repairable).toBe(0)
    expect(await repaired('bad-page')).toEqual([])
  })

  test('an id that is there twice is found', async () => {
    clone('whole', 'id-twice')
    alter('id-twice', (db) => {
      db.exec('DROP INDEX messages_by_id')
      db.exec('UPDATE messages SET id = (SELECT id FROM messages WHERE seq = 2) WHERE seq = 3')
    })
    expect((await findings('id-twice')).counts).toEqual({ schema: 1, ids: 1, digests: 1 })
    // The index cannot be made again while an id is there twice: that stays, and is told again.
    expect(await repaired('id-twice')).toHaveLength(2)
    expect((await findings('id-twice')).counts).toEqual({ schema: 1, ids: 1 })
  })

  test('what a repair changes is kept as it was', async () => {
    clone('whole', 'kept')
    alter('kept', (db) => db.exec('UPDATE conversations SET rev = rev + 1'))
    const done = await repaired('kept')
    const [kept = ''] = readdirSync(join(folder, 'kept', 'backups'))
    expect(done.at(-1)).toContain(kept)
    expect(statSync(join(folder, 'kept', 'backups', kept)).mode & 0o777).toBe(0o600)
    const doctor = custodyOf('kept').doctor(join(folder, 'kept', 'backups', kept))
    expect((await doctor.examine()).counts).toEqual({ header: 1 })
    await doctor.close()
  })

  test.each([
    ['an older program’s', 1, /start the server once/u],
    ['a newer program’s', 99, /newer program/u],
    ['nobody’s', 0, /not a database of this program/u],
  ])('a database of %s schema is not looked over', (whose, schema, says) => {
    clone('whole', `schema-${schema}`)
    alter(`schema-${schema}`, (db) => db.pragma(`user_version = ${schema}`))
    expect(() => custodyOf(`schema-${schema}`).doctor(), whose).toThrow(says)
  })

  test('a store that cannot be read any more is kept as it is when another takes its place', async () => {
    const copy = join(folder, 'for-damaged.copy')
    await custodyOf('whole').take(copy)
    clone('whole', 'unreadable')
    writeFileSync(fileOf('unreadable'), 'not a database, but whatever it is, somebody may want it')
    writeFileSync(`${fileOf('unreadable')}-wal`, 'nor this')
    const occupied = custodyOf('unreadable').occupy()
    const aside = occupied.install(copy) ?? ''
    occupied.release()
    expect(readFileSync(aside, 'utf8')).toContain('somebody may want it')
    expect(readFileSync(`${aside}-wal`, 'utf8')).toBe('nor this')
    expect(faultsIn(await findings('unreadable'))).toBe(0)
  })
})

/** Writes over a page, at that part of the file. */
function scribble(place: string, at: number): void {
  const pages = Math.floor(statSync(fileOf(place)).size / 4_096)
  const file = openSync(fileOf(place), 'r+')
  writeSync(file, Buffer.alloc(4_096, 'x'), 0, 4_096, Math.floor(pages * at) * 4_096)
  closeSync(file)
}

/** A statement must not be given more than it names. */
function namedIn(sql: string, sound: Sound): Partial<Sound> {
  return Object.fromEntries(Object.entries(sound).filter(([name]) => sql.includes(`:${name}`)))
}
