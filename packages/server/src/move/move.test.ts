// Moving between engines: there and back everything is the same; who was stopped goes on; what cannot be trusted is
// never made a store.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { afterAll, describe, expect, test } from 'vitest'
import { createDatabases } from '../../../../tests/kit/databases.ts'
import { shortnessOf } from '../../../../tests/kit/on-stores.ts'
import { absenceOf } from '../../../../tests/kit/stores.ts'
import { expectEverything, makeEverything } from '../store/contract/everything.ts'
import { person, say } from '../store/contract/kit.ts'
import { recordsOf } from '../store/contract/transfer.ts'
import { openMongoStore } from '../store/mongo/open.ts'
import { openMongoSource, openMongoTarget } from '../store/mongo/transfer.ts'
import type { Store } from '../store/port/store.ts'
import type { TransferRecord, TransferSource, TransferTarget } from '../store/port/transfer.ts'
import { openSqliteStore } from '../store/sqlite/open.ts'
import { openSqliteSource, openSqliteTarget } from '../store/sqlite/transfer/transfer.ts'
import { moveStore, type MoveOptions } from './move.ts'

const folder = mkdtempSync(join(tmpdir(), 'palabre-move-'))
const databases = createDatabases()
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await databases.drop()
})

interface Engine {
  open(place: string): Promise<Store>
  source(place: string): Promise<TransferSource>
  target(place: string): Promise<TransferTarget>
}

const sqlite: Engine = {
  open: (place) => openSqliteStore({ dataDir: join(folder, place) }),
  source: async (place) => openSqliteSource(join(folder, place)),
  target: async (place) => openSqliteTarget(join(folder, place)),
}
const mongo: Engine = {
  open: (place) => openMongoStore({ url: databases.urlOf(place) }),
  source: (place) => openMongoSource(databases.urlOf(place)),
  target: (place) => openMongoTarget(databases.urlOf(place)),
}

async function move(
  from: Engine,
  to: Engine,
  [place, target]: [string, string],
  options: MoveOptions & { altered?: (record: TransferRecord) => TransferRecord | null } = {},
) {
  const reading = await from.source(place)
  try {
    const writing = await to.target(target)
    try {
      return await moveStore(inSmallBatches(reading), alteringTarget(writing, options.altered), options)
    } finally {
      await writing.close()
    }
  } finally {
    await reading.close()
  }
}

/** So that a small store is more than a batch. */
function inSmallBatches(source: TransferSource): TransferSource {
  return {
    ...source,
    async *read(options) {
      for await (const batch of source.read(options))
        for (let at = 0; at < batch.length; at += 50) yield batch.slice(at, at + 50)
    },
  }
}

/** One that does not write what it is told. */
function alteringTarget(
  target: TransferTarget,
  altered: ((record: TransferRecord) => TransferRecord | null) | undefined,
): TransferTarget {
  if (altered === undefined) return target
  const write: TransferTarget['write'] = (records, journal) =>
    target.write(
      records.map(altered).filter((record) => record !== null),
      journal,
    )
  return { ...target, write }
}

async function allRecords(engine: Engine, place: string): Promise<TransferRecord[]> {
  const source = await engine.source(place)
  const records = await recordsOf(source)
  await source.close()
  return records.map((record) => (record.type === 'message' ? { ...record, revs: null } : record))
}

async function made(engine: Engine, place: string) {
  const store = await engine.open(place)
  const everything = await makeEverything(store)
  await store.close()
  return everything
}

/** A signal that stops a move after some batches. */
function stopAfter(batches: number): MoveOptions {
  const stop = new AbortController()
  let seen = 0
  return {
    signal: stop.signal,
    onProgress(step) {
      if (step === 'copy' && ++seen === batches) stop.abort()
    },
  }
}

const ways = [
  ['sqlite to sqlite', sqlite, sqlite],
  ['sqlite to mongo', sqlite, mongo],
  ['mongo to sqlite', mongo, sqlite],
] as const

// Each opens stores of its own, which takes seconds on a busy machine.
describe.each(ways)('from %s', { timeout: 240_000 }, (name, from, to) => {
  const absence = from === mongo || to === mongo ? (absenceOf('mongo') ?? shortnessOf('mongo')) : null
  const place = name.replaceAll(' ', '-')

  test.skipIf(absence)('[P3] [P4] [LOG-2] [SYNC-7] everything is there, and goes on', async () => {
    const everything = await made(from, `${place}-all`)
    const before = await allRecords(from, `${place}-all`)
    const { counts, resumedAt, blocks } = await move(from, to, [`${place}-all`, `${place}-all-to`])
    expect(counts).toMatchObject({ user: 4, conversation: 3, session: 2, account: 2 })
    expect({ resumedAt, blocks }).toEqual({ resumedAt: 0, blocks: 2 })
    expect(await allRecords(to, `${place}-all-to`)).toEqual(before)
    // The source is as it was.
    expect(await allRecords(from, `${place}-all`)).toEqual(before)
    await expect(move(from, to, [`${place}-all`, `${place}-all-to`])).rejects.toThrow(
      /holds this store already/u,
    )
    const store = await to.open(`${place}-all-to`)
    await expectEverything(store, everything)
    await store.close()
  })

  test.skipIf(absence)('who was stopped goes on from there, again and again', async () => {
    const everything = await made(from, `${place}-stopped`)
    const places: [string, string] = [`${place}-stopped`, `${place}-stopped-to`]
    await expect(move(from, to, places, stopAfter(3))).rejects.toThrow(/abort/u)
    await expect(move(from, to, places, stopAfter(4))).rejects.toThrow(/abort/u)
    const said: string[] = []
    const { resumedAt } = await move(from, to, places, { say: (sentence) => said.push(sentence) })
    // What is under way when it is stopped is still written.
    expect(resumedAt).toBe((3 + 4) * 50)
    expect(said).toEqual(['Going on after 350 records that are there already.'])
    expect(await allRecords(to, places[1])).toEqual(await allRecords(from, places[0]))
    const store = await to.open(places[1])
    await expectEverything(store, everything)
    await store.close()
  })
})

describe('a move that cannot be trusted', { timeout: 240_000 }, () => {
  test('begins again when the source has changed since it was stopped', async () => {
    const { alice, groupId, bob } = await made(sqlite, 'changed')
    await expect(move(sqlite, sqlite, ['changed', 'changed-to'], stopAfter(8))).rejects.toThrow(/abort/u)
    const store = await sqlite.open('changed')
    await say(store, alice, groupId, 'one more')
    await store.users.update(bob.id, { about: 'changed' })
    await store.close()
    const said: string[] = []
    const { resumedAt } = await move(sqlite, sqlite, ['changed', 'changed-to'], {
      say: (sentence) => said.push(sentence),
    })
    expect(resumedAt).toBe(0)
    expect(said).toEqual([expect.stringContaining('beginning again')])
    expect(await allRecords(sqlite, 'changed-to')).toEqual(await allRecords(sqlite, 'changed'))
  })

  test('refuses a target that holds another store, or a part of one, and leaves it alone', async () => {
    await made(sqlite, 'mine')
    const store = await sqlite.open('theirs')
    await person(store)
    await store.close()
    const theirs = await allRecords(sqlite, 'theirs')
    await expect(move(sqlite, sqlite, ['mine', 'theirs'])).rejects.toThrow(
      /another store: nothing was moved/u,
    )
    expect(await allRecords(sqlite, 'theirs')).toEqual(theirs)

    await expect(move(sqlite, sqlite, ['mine', 'part'], stopAfter(3))).rejects.toThrow(/abort/u)
    await expect(move(sqlite, sqlite, ['theirs', 'part'])).rejects.toThrow(/a part of another store/u)
    expect((await move(sqlite, sqlite, ['mine', 'part'])).resumedAt).toBe(150)
  })

  const alterations: [string, RegExp, (record: TransferRecord) => TransferRecord | null][] = [
    [
      'other words',
      /message 300 of conversation .* differs in body$/u,
      (record) =>
        record.type === 'message' && record.seq === 300 ? { ...record, body: { text: 'another' } } : record,
    ],
    [
      'a message missing',
      /message 300 of conversation .* meets message 301/u,
      (record) => (record.type === 'message' && record.seq === 300 ? null : record),
    ],
    [
      'another rev',
      /message 300 of conversation .* differs in rev.*its digests differ/u,
      (record) => (record.type === 'message' && record.seq === 300 ? { ...record, rev: 9_999 } : record),
    ],
    [
      'a session missing',
      /session .* meets session/u,
      (() => {
        let sessions = 0
        return (record: TransferRecord) => (record.type === 'session' && ++sessions === 1 ? null : record)
      })(),
    ],
  ]
  test.each(alterations)(
    'never makes a store of what has %s, and begins afresh',
    async (what, says, altered) => {
      const from = what.replaceAll(' ', '-')
      await made(sqlite, from)
      await expect(move(sqlite, sqlite, [from, `${from}-to`], { altered })).rejects.toThrow(says)
      const target = await sqlite.target(`${from}-to`)
      expect(await target.state()).toMatchObject({ is: 'partial' })
      await target.close()
      expect((await move(sqlite, sqlite, [from, `${from}-to`])).resumedAt).toBe(0)
      expect(await allRecords(sqlite, `${from}-to`)).toEqual(await allRecords(sqlite, from))
    },
  )

  test('refuses a source that is not sound, by what its log says', async () => {
    await made(sqlite, 'unsound')
    const reading = await sqlite.source('unsound')
    const writing = await sqlite.target('unsound-to')
    const unsound: TransferSource = {
      ...reading,
      async *read(options) {
        for await (const batch of reading.read(options))
          yield batch.filter((record) => record.type !== 'message' || record.seq !== 300)
      },
    }
    await expect(moveStore(unsound, writing)).rejects.toThrow(/not sound.*message 301 follows message 299/u)
    await writing.close()
    await reading.close()
  })

  test.skipIf(absenceOf('mongo') ?? shortnessOf('mongo'))(
    'never makes a store of a database whose own doctor finds something, though the records are the same',
    async () => {
      await made(sqlite, 'ailing')
      const reading = await sqlite.source('ailing')
      const writing = await mongo.target('ailing-to')
      const ailing: TransferTarget = {
        ...writing,
        async examine(signal) {
          const client = await MongoClient.connect(databases.urlOf('ailing-to'))
          await client.db().collection('messages').dropIndex('conversationId_1_seq_1')
          await client.close()
          return writing.examine(signal)
        },
      }
      await expect(moveStore(reading, ailing)).rejects.toThrow(/something is wrong.*index .* of messages/u)
      expect(await writing.state()).toMatchObject({ is: 'partial' })
      await writing.close()
      await reading.close()
    },
  )

  test('refuses a source that somebody has written to meanwhile', async () => {
    await made(sqlite, 'busy')
    const reading = await sqlite.source('busy')
    const writing = await sqlite.target('busy-to')
    let looks = 0
    const busy: TransferSource = {
      ...reading,
      async *read(options) {
        looks += options?.withoutMessages === true ? 1 : 0
        for await (const batch of reading.read(options))
          yield looks < 2
            ? batch
            : batch.map((record) => (record.type === 'seen' ? { ...record, at: record.at + 1 } : record))
      },
    }
    await expect(moveStore(busy, writing)).rejects.toThrow(/somebody has written to the source/u)
    expect(await writing.state()).toMatchObject({ is: 'partial' })
    await writing.close()
    await reading.close()
  })
})
