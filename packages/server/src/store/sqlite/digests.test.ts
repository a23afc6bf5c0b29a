// What only this engine can show of the kept digests: a batch rolled back, a store from before there were any, and
// a file that was damaged behind its back.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Database } from 'better-sqlite3'
import type { ConversationId } from '@palabre/protocol'
import { direct, group, person, say, textBy, upTo } from '../contract/kit.ts'
import type { Store } from '../port/store.ts'
import { openWriter } from './connection.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { openSqliteStore } from './open.ts'
import { databaseFile } from './wire.ts'

const folder = mkdtempSync(join(tmpdir(), 'palabre-digests-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const all = { from: 1, before: null, limit: 1_000 }

async function filled(dataDir: string, count: number): Promise<ConversationId> {
  const store = await openSqliteStore({ dataDir })
  const alice = await person(store)
  const id = await group(store, alice, [])
  await Promise.all(upTo(count).map((number) => say(store, alice, id, `n ${number}`)))
  await store.close()
  return id
}

/** Changes the file while no server has it, then opens it. */
async function tampered(dataDir: string, ...sql: string[]): Promise<Store> {
  const db = openWriter(join(dataDir, databaseFile))
  for (const statement of sql) db.exec(statement)
  db.close()
  return openSqliteStore({ dataDir })
}

/** Fills an older schema with what a newer one's database says in tables and columns that both have. */
function copyInto(db: Database, file: string): void {
  db.prepare('ATTACH ? AS newer').run(file)
  // Rows of one table may come before those that they refer to.
  db.pragma('foreign_keys = OFF')
  const tables = db
    .prepare<[], string>("SELECT name FROM main.sqlite_schema WHERE type = 'table'")
    .pluck()
    .all()
  const columnsOf = db.prepare<[string], string>("SELECT name FROM pragma_table_info(?, 'main')").pluck()
  for (const table of tables) {
    const columns = columnsOf.all(table).join(', ')
    db.exec(`INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM newer.${table}`)
  }
  db.pragma('foreign_keys = ON')
  db.exec('DETACH newer')
}

// Starting a thread from source takes seconds on a busy machine.
describe('sqlite', { timeout: 120_000 }, () => {
  test('[DIG-2] a batch that is rolled back and run again one by one is counted once', async () => {
    const store = await openSqliteStore({ dataDir: join(folder, 'rolled-back') })
    const [alice, bob] = [await person(store), await person(store)]
    const ids = [await direct(store, alice, bob), await group(store, alice, [bob])]
    await Promise.allSettled(
      upTo(600).map((number) =>
        store.log.append(
          // A time that is no number is refused by the schema: nothing that a port's caller may pass.
          textBy(alice, ids[number % 2]!, `n ${number}`, number % 97 === 0 ? { sentAt: Number.NaN } : {}),
        ),
      ),
    )
    for (const id of ids) expect(await store.digests.differences(id)).toEqual([])
    expect((await store.digests.of(ids[0]!, all))?.blocks).toHaveLength(2)
    await store.close()
  })

  test('[DIG-2] a store from before there were digests gets them at its first start', async () => {
    const dataDir = join(folder, 'older')
    const newest = join(folder, 'newest')
    const id = await filled(newest, 600)
    const db = openWriter(join(dataDir, databaseFile))
    migrate(db, migrations.slice(0, 1), join(dataDir, 'backups'))
    copyInto(db, join(newest, databaseFile))
    db.close()
    const store = await openSqliteStore({ dataDir })
    expect(await store.digests.differences(id)).toEqual([])
    expect((await store.digests.of(id, all))?.blocks).toHaveLength(3)
    await store.close()
  })

  test('[DIG-2] [DIG-5] what is kept wrongly is found, answered from the log where it is missing, and mended', async () => {
    const dataDir = join(folder, 'damaged')
    const id = await filled(dataDir, 600)
    const sound = await openSqliteStore({ dataDir })
    const held = await sound.digests.of(id, all)
    await sound.close()
    const store = await tampered(
      dataDir,
      'DELETE FROM digests WHERE block = 0',
      'UPDATE digests SET digest = digest + 1 WHERE block = 1',
      'UPDATE conversations SET open_digest = 7',
    )
    try {
      const found = await store.digests.of(id, all)
      expect(found?.blocks[0]).toEqual(held?.blocks[0])
      expect(found?.blocks[1]).not.toEqual(held?.blocks[1])
      const differences = await store.digests.differences(id)
      expect(differences.map(({ block, kept }) => [block, kept === null])).toEqual([
        [0, true],
        [1, false],
        [2, false],
      ])
      expect(await store.digests.rebuild(id)).toEqual(differences)
      expect(await store.digests.differences(id)).toEqual([])
      expect(await store.digests.of(id, all)).toEqual(held)
    } finally {
      await store.close()
    }
  })

  test('[DIG-5] a message that is lost from the log is found', async () => {
    const dataDir = join(folder, 'lost')
    const id = await filled(dataDir, 300)
    const store = await tampered(dataDir, 'DELETE FROM messages WHERE seq = 100')
    expect((await store.digests.differences(id)).map(({ block }) => block)).toEqual([0])
    await store.close()
  })
})
