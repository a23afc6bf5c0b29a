// What only this engine can show: a process killed in the middle of commits, a batch with a bad operation in it,
// file modes, migrations with their backups, the lock.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, test } from 'vitest'
import type { ConversationId, MessageId } from '@palabre/protocol'
import {
  allOf,
  direct,
  expectWhole,
  newMessageId,
  person,
  say,
  start,
  textBy,
  upTo,
} from '../contract/kit.ts'
import { openReader, openWriter } from './connection.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { openSqliteStore } from './open.ts'
import { databaseFile } from './wire.ts'
import { startWriter } from './writer.ts'

const folder = mkdtempSync(join(tmpdir(), 'palabre-sqlite-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

// Starting a thread or a process from source takes seconds on a busy machine.
describe('sqlite', { timeout: 120_000 }, () => {
  test('[P1] [P2] killed with -9 in the middle of appends, it holds everything acknowledged, once and dense', async () => {
    const dataDir = join(folder, 'killed')
    const store = await openSqliteStore({ dataDir })
    const [alice, bob] = [await person(store), await person(store)]
    const conversationId = await direct(store, alice, bob)
    await store.close()

    const acknowledged = new Map<MessageId, number>()
    for (const killAt of [40, 300, 900]) {
      for (const [id, seq] of await appendUntilKilled(dataDir, conversationId, alice.id, killAt)) {
        acknowledged.set(id, seq)
      }
    }

    const after = await openSqliteStore({ dataDir })
    try {
      const messages = await allOf(after, conversationId)
      const seqs = new Map(messages.map((message) => [message.id, message.seq]))
      expect(acknowledged.size).toBeGreaterThanOrEqual(40 + 300 + 900)
      for (const [id, seq] of acknowledged) expect(seqs.get(id)).toBe(seq)
      expect(seqs.size).toBe(messages.length)
      await expectWhole(after, conversationId)
      expect((await say(after, bob, conversationId, 'still here')).seq).toBe(messages.length + 1)
    } finally {
      await after.close()
    }
  })

  test('[LOG-1] an operation that breaks takes nothing else of its batch with it', async () => {
    const dataDir = join(folder, 'broken')
    const store = await openSqliteStore({ dataDir })
    const [alice, bob] = [await person(store), await person(store)]
    const id = await direct(store, alice, bob)
    const results = await Promise.allSettled(
      upTo(30).map((number) =>
        store.log.append(
          // A time that is no number is refused by the schema: nothing that a port's caller may pass.
          textBy(alice, id, `n ${number}`, number % 10 === 0 ? { sentAt: Number.NaN } : {}),
        ),
      ),
    )
    const failed = results.filter((result) => result.status === 'rejected')
    expect(failed).toHaveLength(3)
    for (const { reason } of failed) expect(reason).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await allOf(store, id)).toHaveLength(28)
    await expectWhole(store, id)
    await store.close()
  })

  test('only the owner can read what it writes, whatever the umask', async () => {
    const dataDir = join(folder, 'modes')
    const umask = process.umask(0)
    try {
      const store = await openSqliteStore({ dataDir })
      await person(store)
      expect(statSync(dataDir).mode & 0o777).toBe(0o700)
      for (const name of readdirSync(dataDir)) expect(statSync(join(dataDir, name)).mode & 0o077).toBe(0)
      await store.close()
    } finally {
      process.umask(umask)
    }
  })

  test('its connections are set as the security page says', () => {
    const file = join(folder, 'pragmas', 'x.db')
    const writer = openWriter(file)
    writer.exec('CREATE TABLE t (x)')
    const reader = openReader(file)
    const read = (db: typeof writer, names: string[]) =>
      names.map((name) => `${name}=${String(db.pragma(name, { simple: true }))}`)
    const both = ['foreign_keys', 'trusted_schema', 'cell_size_check', 'mmap_size', 'busy_timeout']
    const expected = [
      'foreign_keys=1',
      'trusted_schema=0',
      'cell_size_check=1',
      'mmap_size=0',
      'busy_timeout=5000',
    ]
    expect(read(writer, both)).toEqual(expected)
    expect(read(reader, both)).toEqual(expected)
    expect(read(writer, ['journal_mode', 'synchronous', 'secure_delete'])).toEqual([
      'journal_mode=wal',
      'synchronous=2',
      'secure_delete=1',
    ])
    expect(read(reader, ['query_only'])).toEqual(['query_only=1'])
    expect(() => reader.exec('INSERT INTO t VALUES (1)')).toThrow()
    reader.close()
    writer.close()
  })

  test('it copies a database before each migration of it, and refuses one from the future', () => {
    const [file, backups] = [join(folder, 'migrated', 'x.db'), join(folder, 'migrated', 'backups')]
    const db = openWriter(file)
    migrate(db, migrations, backups)
    expect(() => readdirSync(backups)).toThrow()
    db.prepare("INSERT INTO meta VALUES ('kept', 'yes')").run()
    const next = { number: migrations.length + 1, sql: 'CREATE TABLE extra (x INTEGER) STRICT;' }
    migrate(db, [...migrations, next], backups)
    migrate(db, [...migrations, next], backups)
    const name = `before-${String(next.number).padStart(4, '0')}.db`
    expect(readdirSync(backups)).toEqual([name])
    expect(statSync(join(backups, name)).mode & 0o777).toBe(0o600)
    const copy = openReader(join(backups, name))
    expect(copy.prepare("SELECT value FROM meta WHERE name = 'kept'").pluck().get()).toBe('yes')
    expect(copy.pragma('user_version', { simple: true })).toBe(migrations.length)
    copy.close()

    const broken = { number: next.number + 1, sql: 'CREATE TABLE half (x); CREATE TABLE half (x);' }
    expect(() => {
      migrate(db, [...migrations, next, broken], backups)
    }).toThrow()
    expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").pluck().get()).toBe(0)
    expect(() => {
      migrate(db, migrations, backups)
    }).toThrow(/newer program/u)
    db.close()
  })

  test(
    'a second server on the same folder is refused, and the first goes on',
    { timeout: 20_000 },
    async () => {
      const dataDir = join(folder, 'locked')
      const store = await openSqliteStore({ dataDir })
      await expect(openSqliteStore({ dataDir })).rejects.toThrow(/another server/u)
      await store.probe()
      await store.close()
    },
  )

  test('[P1] when its thread dies, what waits and what comes is refused', async () => {
    const thread = `const { parentPort } = require('node:worker_threads')
      parentPort.once('message', () => { throw new Error('the disk is gone') })
      parentPort.postMessage({ epoch: 'e' })`
    const dataDir = join(folder, 'dying')
    await (await openSqliteStore({ dataDir })).close()
    const writer = await startWriter(dataDir, undefined, undefined, () => new Worker(thread, { eval: true }))
    const [first, second] = [writer.write('probe', start), writer.write('probe', start)]
    await expect(first).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      cause: { message: 'the disk is gone' },
    })
    await expect(second).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(writer.write('probe', start)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await writer.close()
  })

  test('it reports each commit', async () => {
    const commits: { durationMs: number; operations: number }[] = []
    const observer = { committed: (commit: (typeof commits)[number]) => commits.push(commit) }
    const store = await openSqliteStore({ dataDir: join(folder, 'observed'), observer })
    await Promise.all(upTo(10).map(() => store.probe()))
    expect(commits.reduce((sum, commit) => sum + commit.operations, 0)).toBe(10)
    expect(commits.length).toBeLessThan(10)
    await store.close()
  })

  test('a page of history uses an index, and sorts nothing', async () => {
    const dataDir = join(folder, 'plans')
    await (await openSqliteStore({ dataDir })).close()
    const db = openReader(join(dataDir, databaseFile))
    const plan = (sql: string) =>
      db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map((row) => (row as { detail: string }).detail)
    expect(
      plan('SELECT * FROM messages WHERE conversation = 1 AND seq < 9 AND seq >= 1 ORDER BY seq DESC'),
    ).toEqual(['SEARCH messages USING PRIMARY KEY (conversation=? AND seq>? AND seq<?)'])
    expect(
      plan(
        'SELECT * FROM messages INDEXED BY messages_by_rev WHERE conversation = 1 AND changes > 0 AND rev > 3 AND seq >= 1 ORDER BY rev',
      ),
    ).toEqual(['SEARCH messages USING INDEX messages_by_rev (conversation=? AND rev>?)'])
    db.close()
  })
})

/** Appends in a process of its own, killed as soon as `killAt` have been acknowledged; answers all that were. */
async function appendUntilKilled(
  dataDir: string,
  conversationId: ConversationId,
  senderId: string,
  killAt: number,
): Promise<Map<MessageId, number>> {
  const open = fileURLToPath(new URL('./open.ts', import.meta.url))
  const script = `
    const { openSqliteStore } = await import(${JSON.stringify(pathToFileURL(open).href)})
    const { randomUUID } = await import('node:crypto')
    const store = await openSqliteStore({ dataDir: ${JSON.stringify(dataDir)} })
    const append = async () => {
      for (;;) {
        const { message } = await store.log.append({
          id: randomUUID(), conversationId: ${JSON.stringify(conversationId)}, senderId: ${JSON.stringify(senderId)},
          requires: 'member', content: { kind: 'text', body: { text: 'x' } }, replyTo: null, mentions: [],
          sentAt: 1, createdAt: Date.now(), hash: 'x',
        })
        process.stdout.write(message.id + ' ' + message.seq + '\\n')
      }
    }
    for (let lane = 0; lane < 20; lane++) void append()`
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const child = spawn(process.execPath, ['--import', tsx, '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged = new Map<MessageId, number>()
  for await (const line of createInterface({ input: child.stdout })) {
    const [id, seq] = line.split(' ')
    // A last line may have been cut by the kill.
    if (id?.length !== newMessageId().length || seq === undefined) continue
    acknowledged.set(id as MessageId, Number(seq))
    if (acknowledged.size === killAt) child.kill('SIGKILL')
  }
  return acknowledged
}
