// Open cursors: their place in the engine, and the connection of those that the engine ties to one.
import { Long } from 'bson'
import { MongoError } from './errors.mjs'
import { run } from './pool.mjs'

const idleMs = 10 * 60_000

export function createCursors(pool) {
  /** Id (decimal) → { continuation, connection, used } */
  const open = new Map()

  function close(id) {
    const cursor = open.get(id)
    open.delete(id)
    if (cursor?.connection === undefined) return cursor !== undefined
    const { connection } = cursor
    connection.exec('CLOSE ALL').then(
      () => pool.give(connection),
      () => pool.give(connection, true),
    )
    return true
  }

  setInterval(() => {
    for (const [id, { used }] of open) if (Date.now() - used > idleMs) close(id)
  }, 5_000).unref()

  return {
    firstPage: (kind) => (command, maxTimeMs) =>
      pool.use(async (connection, keep) => {
        const [[page, continuation, isTied, id]] = await run(connection, kind, [
          command.database,
          command.body,
        ])
        if (continuation === null) return page
        const tied = isTied?.[0] === 1
        if (tied) keep()
        const cursor = { continuation, connection: tied ? connection : undefined, used: Date.now() }
        open.set(id.readBigInt64BE(0).toString(), cursor)
        return page
      }, maxTimeMs),

    async getMore(command, maxTimeMs) {
      const id = String(command.get('getMore'))
      const cursor = open.get(id)
      if (cursor === undefined) throw new MongoError(43, `cursor id ${id} not found`)
      cursor.used = Date.now()
      const values = [command.database, command.body, cursor.continuation]
      const next = (connection) => run(connection, 'getMore', values)
      const [[page, continuation]] = await (cursor.connection === undefined
        ? pool.use(next, maxTimeMs)
        : next(cursor.connection))
      if (continuation === null) close(id)
      else cursor.continuation = continuation
      return page
    },

    async kill(command) {
      const asked = (command.get('cursors') ?? []).map((id) => Long.fromValue(id))
      const cursorsKilled = asked.filter((id) => close(id.toString()))
      if (cursorsKilled.length > 0) {
        await pool.one('killCursors', [`{${cursorsKilled.join(',')}}`]).catch(() => {})
      }
      const cursorsNotFound = asked.filter((id) => !cursorsKilled.includes(id))
      return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 }
    },
  }
}
