// The connections to the engine, and the statements that are prepared once on each.
import { setTimeout as pause } from 'node:timers/promises'
import { connectEngine } from './engine.mjs'
import { isLostRace } from './errors.mjs'

const firstPage = (kind) =>
  `SELECT cursorPage, continuation, persistConnection, cursorId FROM documentdb_api.${kind}_cursor_first_page($1, $2::bytea)`
const write = (kind) => `SELECT p_result FROM documentdb_api.${kind}($1, $2::bytea, $3::bytea, NULL)`

const statements = {
  insert: write('insert'),
  update: write('update'),
  delete: write('delete'),
  findAndModify: 'SELECT p_result FROM documentdb_api.find_and_modify($1, $2::bytea, NULL)',
  count: 'SELECT document FROM documentdb_api.count_query($1, $2::bytea)',
  distinct: 'SELECT document FROM documentdb_api.distinct_query($1, $2::bytea)',
  find: firstPage('find'),
  aggregate: firstPage('aggregate'),
  listIndexes: firstPage('list_indexes'),
  listCollections: firstPage('list_collections'),
  listDatabases: 'SELECT documentdb_api.list_databases($1::bytea)',
  getMore: 'SELECT cursorPage, continuation FROM documentdb_api.cursor_get_more($1, $2::bytea, $3::bytea)',
  killCursors: 'SELECT documentdb_api_internal.delete_cursors($1::bigint[])',
  createIndexes: 'SELECT retval, ok, requests FROM documentdb_api.create_indexes_background($1, $2::bytea)',
  indexStatus: 'SELECT retval, ok, complete FROM documentdb_api_internal.check_build_index_status($1::bytea)',
  dropIndexes: 'CALL documentdb_api.drop_indexes($1, $2::bytea)',
  create: 'SELECT documentdb_api.create_collection_view($1, $2::bytea)',
  drop: 'SELECT documentdb_api.drop_collection($1, $2)',
  dropDatabase: 'SELECT documentdb_api.drop_database($1)',
  collMod: 'SELECT documentdb_api.coll_mod($1, $2, $3::bytea)',
  renameCollection: 'SELECT documentdb_api.rename_collection($1::bytea)',
  collStats: 'SELECT documentdb_api.coll_stats($1, $2, $3)',
  dbStats: 'SELECT documentdb_api.db_stats($1, $2, $3)',
  collectionId:
    'SELECT collection_id FROM documentdb_api_catalog.collections WHERE database_name = $1 AND collection_name = $2',
  indexes: `SELECT ci.index_id, documentdb_api_internal.index_spec_as_bson(ci.index_spec, true, '') AS spec
              FROM documentdb_api_catalog.collection_indexes ci
              JOIN documentdb_api_catalog.collections c USING (collection_id)
             WHERE c.database_name = $1 AND c.collection_name = $2`,
}

const largest = 100
const keptIdle = 8
const idleMs = 30_000
const mostTries = 20

/** Runs a statement of the table on a connection. */
export const run = (connection, name, values) => connection.query(name, statements[name], values)

/** @param folder where the engine's socket is */
export function createPool(folder) {
  const idle = []
  const waiting = []
  let open = 0

  async function take() {
    for (let found = idle.pop(); found !== undefined; found = idle.pop()) {
      if (!found.connection.broken) return found.connection
      open--
    }
    if (open >= largest) return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    open++
    try {
      return await connectEngine(folder)
    } catch (error) {
      open--
      throw error
    }
  }

  function give(connection, isBroken = false) {
    const next = waiting.shift()
    if (isBroken || connection.broken) {
      if (!connection.broken) connection.end()
      open--
      if (next !== undefined) take().then(next.resolve, next.reject)
    } else if (next === undefined) idle.push({ connection, since: Date.now() })
    else next.resolve(connection)
  }

  /**
   * Runs `work(connection, keep)`, which may keep the connection. A lost race undid the whole statement, so it is
   * simply run again, as mongod does.
   */
  async function use(work, maxTimeMs = 0) {
    for (let attempt = 0; ; attempt++) {
      const connection = await take()
      const limit = (ms) => {
        // Not waited for: the engine answers in order.
        if (maxTimeMs > 0) connection.exec(`SET statement_timeout = ${ms}`).catch(() => {})
      }
      let isKept = false
      let isBroken = false
      try {
        limit(maxTimeMs)
        return await work(connection, () => (isKept = true))
      } catch (error) {
        // What is no answer of the engine leaves the connection in an unknown state.
        isBroken = error.severity === undefined && error.reply === undefined
        if (!isLostRace(error) || attempt >= mostTries) throw error
        await pause(Math.min(100, 2 ** attempt) * Math.random())
      } finally {
        if (!isBroken) limit(0)
        if (!isKept) give(connection, isBroken)
      }
    }
  }

  setInterval(() => {
    while (idle.length > keptIdle && Date.now() - idle[0].since > idleMs) {
      open--
      idle.shift().connection.end()
    }
  }, 5_000).unref()

  return {
    take,
    give,
    use,
    /** The first column of a statement's first row. */
    one: (name, values, maxTimeMs) =>
      use(async (connection) => (await run(connection, name, values))[0]?.[0], maxTimeMs),
    end() {
      for (const { connection } of idle.splice(0)) connection.end()
    },
  }
}
