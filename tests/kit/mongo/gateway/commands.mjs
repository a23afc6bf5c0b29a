// The table of commands: what each of MongoDB's asks of the engine. Nothing of queries, updates or indexes is decided
// here. Transactions over several documents are not offered, and a write that a driver repeats is not remembered: the
// store must not need either.
import os from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { Long, ObjectId, Timestamp } from 'bson'
import { parse, plain } from './bson-bytes.mjs'
import { createCursors } from './cursors.mjs'
import { writeResult } from './duplicates.mjs'
import { fromPacked, MongoError } from './errors.mjs'
import { explain } from './explain.mjs'
import { run } from './pool.mjs'

export const largestMessage = 48_000_000
const setName = 'rs0'
const version = '7.0.0'
/** MongoDB 7's: drivers choose MongoDB 8's `bulkWrite` from 25 on, which the engine lacks. */
const wireVersion = 21

/** @param address `host:port`; a replica set's look offers drivers all they may use of one, `standalone` does not */
export function createCommands({ pool, address, look }) {
  const electionId = new ObjectId()
  const cursors = createCursors(pool)

  const hello = (command, _maxTimeMs, connectionId) => ({
    helloOk: true,
    [command.name === 'hello' ? 'isWritablePrimary' : 'ismaster']: true,
    ...(look === 'standalone' ? {} : setOf(address, electionId)),
    maxBsonObjectSize: 16 * 1024 * 1024,
    maxMessageSizeBytes: largestMessage,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId,
    minWireVersion: 0,
    maxWireVersion: wireVersion,
    readOnly: false,
    ok: 1,
  })

  const fine = () => ({ ok: 1 })
  const simple = (name) => (command, maxTimeMs) => pool.one(name, [command.database, command.body], maxTimeMs)
  const write = (name, field) => async (command, maxTimeMs) => {
    const values = [command.database, command.body, command.sequences.get(field) ?? null]
    command.collection()
    return writeResult(pool, command, await pool.one(name, values, maxTimeMs))
  }
  /** Whatever may be asked with `explain: true` in it. */
  const explainable = (answer) => (command, maxTimeMs) =>
    command.get('explain') === true ? explain(pool, command) : answer(command, maxTimeMs)

  const table = {
    hello,
    ismaster: hello,
    ping: fine,
    buildinfo: () => ({ version, versionArray: [7, 0, 0, 0], gitVersion: 'documentdb', bits: 64, ok: 1 }),
    hostinfo: () => ({ system: { hostname: os.hostname(), numCores: os.cpus().length }, ok: 1 }),
    endsessions: fine,
    refreshsessions: fine,

    insert: write('insert', 'documents'),
    update: write('update', 'updates'),
    delete: write('delete', 'deletes'),
    findandmodify: simple('findAndModify'),
    find: explainable(cursors.firstPage('find')),
    aggregate: explainable(cursors.firstPage('aggregate')),
    count: explainable(simple('count')),
    distinct: explainable(simple('distinct')),
    explain: (command) => explain(pool, command),
    getmore: cursors.getMore,
    killcursors: cursors.kill,

    create: simple('create'),
    async drop(command) {
      await pool.one('drop', [command.database, command.collection()])
      return { ns: `${command.database}.${command.collection()}`, ok: 1 }
    },
    async dropdatabase({ database }) {
      await pool.one('dropDatabase', [database])
      return { dropped: database, ok: 1 }
    },
    async renamecollection({ body }) {
      await pool.one('renameCollection', [body])
      return { ok: 1 }
    },
    collmod: (command) => pool.one('collMod', [command.database, command.collection(), command.body]),
    createindexes: (command) => pool.use((connection) => createIndexes(connection, command)),
    dropindexes: (command) => dropIndexes(pool, command),
    listcollections: cursors.firstPage('listCollections'),
    listindexes: cursors.firstPage('listIndexes'),
    listdatabases: ({ body }) => pool.one('listDatabases', [body]),
    collstats: (command) =>
      pool.one('collStats', [command.database, command.collection(), Number(command.get('scale') ?? 1)]),
    dbstats: (command) => pool.one('dbStats', [command.database, Number(command.get('scale') ?? 1), false]),
  }

  return {
    /** Answers a document, or the BSON bytes of one. */
    async perform(command, connectionId) {
      const answer = table[command.name.toLowerCase()]
      if (answer === undefined) throw new MongoError(59, `no such command: '${command.name}'`)
      if (command.get('startTransaction') === true || command.get('autocommit') === false) {
        throw new MongoError(263, 'transactions over several documents are not offered here')
      }
      const maxTimeMs = command.fields.has('maxTimeMS') ? Math.trunc(Number(command.get('maxTimeMS'))) : 0
      return answer(command, Math.max(0, maxTimeMs), connectionId)
    },
  }
}

function setOf(address, electionId) {
  const opTime = { ts: new Timestamp({ t: Math.floor(Date.now() / 1000), i: 1 }), t: Long.ONE }
  const writtenAt = new Date()
  return {
    setName,
    setVersion: 1,
    secondary: false,
    hosts: [address],
    primary: address,
    me: address,
    electionId,
    lastWrite: {
      opTime,
      lastWriteDate: writtenAt,
      majorityOpTime: opTime,
      majorityWriteDate: writtenAt,
    },
  }
}

async function createIndexes(connection, command) {
  const [[bytes, isFine, requests]] = await run(connection, 'createIndexes', [command.database, command.body])
  const reply = indexResult(bytes)
  let isBuilt = false
  // On a collection with documents the engine queues the build; this call works the queue off instead of waiting for
  // the engine's scheduler.
  while (isFine[0] && requests?.readInt32LE(0) > 5) {
    await connection.exec('CALL documentdb_api_internal.build_index_concurrently(1)')
    const [[status, isStillFine, isComplete]] = await run(connection, 'indexStatus', [requests])
    if (!isStillFine[0]) indexResult(status)
    isBuilt = true
    if (!isStillFine[0] || isComplete[0]) break
    await pause(20)
  }
  if (isBuilt) {
    // The planner's statistics, so that the new index is read in its order too.
    const [row] = await run(connection, 'collectionId', [command.database, command.collection()])
    const analyze = `ANALYZE documentdb_data.documents_${row?.[0].readBigInt64BE(0)}`
    if (row !== undefined) await connection.exec(analyze).catch(() => {})
  }
  return reply
}

function indexResult(bytes) {
  const result = plain(bytes)
  const shard = Object.values(result.raw ?? {})[0] ?? result
  if (shard.ok) return { ...shard, ok: 1 }
  throw refusalOf(shard)
}

async function dropIndexes(pool, command) {
  const result = parse(await pool.one('dropIndexes', [command.database, command.body]))
  if (result.ok !== true && Number(result.ok?.valueOf()) !== 1) throw refusalOf(result)
  if (result.nIndexesWas) result.nIndexesWas = Number(result.nIndexesWas.valueOf())
  return { ...result, ok: 1 }
}

function refusalOf({ code = 1, errmsg }) {
  const number = Number(code.valueOf())
  return new MongoError(...(number > 1_000_000 ? fromPacked(number, errmsg) : [number, errmsg]))
}

/** What an error that is no answer of the engine's becomes. */
export function troubleOf(error) {
  return new MongoError(error.code === 'ECONNREFUSED' || error.code === 'ENOENT' ? 6 : 1, error.message).reply
}
