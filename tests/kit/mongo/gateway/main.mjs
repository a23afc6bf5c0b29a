// MongoDB's wire protocol in front of PostgreSQL with DocumentDB, for tests. A translator only: a command comes in, one
// SQL call of the engine's own command API answers it.
//
//   node main.mjs HOST:PORT SOCKET-FOLDER [standalone]   serve
//   node main.mjs --await HOST:PORT SECONDS PID          wait until that server answers, or its process is gone
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { encode, plain } from './bson-bytes.mjs'
import { createCommands, troubleOf } from './commands.mjs'
import { refusal } from './duplicates.mjs'
import { createPool } from './pool.mjs'
import { commandBytes, serveWire } from './wire.mjs'

const readyWithinMs = 60_000

/** Waits for the engine; on a new data folder, creates its extension. */
async function prepare(pool) {
  const deadline = Date.now() + readyWithinMs
  for (;;) {
    try {
      const connection = await pool.take()
      const isThere = (sql) => connection.query('', sql, []).then((rows) => rows.length > 0)
      if (!(await isThere("SELECT 1 FROM pg_extension WHERE extname = 'documentdb'"))) {
        await connection.exec('SET search_path = public')
        await connection.exec('CREATE EXTENSION documentdb CASCADE')
        const indexSetting = 'documentdb.alternate_index_handler_name'
        if (await isThere(`SELECT 1 FROM pg_settings WHERE name = '${indexSetting}' AND setting <> ''`)) {
          await connection.exec('CREATE EXTENSION documentdb_extended_rum')
        }
        // Indexes are built by the calling command here, so the queue of builds need not be polled.
        await connection.exec(
          "SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname LIKE 'documentdb_index_build_task%'",
        )
      }
      pool.give(connection, true)
      return
    } catch (error) {
      if (!['ENOENT', 'ECONNREFUSED', '57P03'].includes(error.code) || Date.now() > deadline) throw error
      await pause(30)
    }
  }
}

async function serve(address, folder, look) {
  const pool = createPool(folder)
  await prepare(pool)
  const commands = createCommands({ pool, address, look })
  let connections = 0

  async function perform(command, connectionId) {
    let reply
    try {
      reply = await commands.perform(command, connectionId)
    } catch (error) {
      if (error.reply !== undefined) reply = error.reply
      else if (error.severity !== undefined) reply = await refusal(pool, command, error)
      else {
        console.error(`${command.name}:`, error.stack)
        reply = troubleOf(error)
      }
    }
    return Buffer.isBuffer(reply) ? reply : encode(reply)
  }

  const server = net.createServer((socket) => {
    const connectionId = ++connections
    serveWire(socket, (command) => perform(command, connectionId))
  })
  const [host, port] = address.split(':')
  server.listen(Number(port), host, 1024, () => console.log(`listening on ${address}`))
  server.on('error', (error) => {
    console.error(error.message)
    process.exit(1)
  })
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      pool.end()
      process.exit(0)
    })
  }
}

function ask(address, document) {
  const [host, port] = address.split(':')
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), host, () => socket.write(commandBytes(document)))
    const chunks = []
    socket.setTimeout(3_000, () => socket.destroy(new Error('no answer')))
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      const bytes = Buffer.concat(chunks)
      if (bytes.length < 16 || bytes.length < bytes.readInt32LE(0)) return
      socket.destroy()
      const reply = plain(bytes.subarray(21))
      if (reply.ok) resolve()
      else reject(new Error(reply.errmsg))
    })
  })
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function awaitServer(address, seconds, pid) {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    try {
      await ask(address, { hello: 1, $db: 'admin' })
      await ask(address, { listDatabases: 1, nameOnly: true, $db: 'admin' })
      return
    } catch (error) {
      if (!isRunning(pid) || Date.now() > deadline) throw error
      await pause(40)
    }
  }
}

const [first = '', ...rest] = process.argv.slice(2)
if (first === '--await') {
  const [address = '', seconds, pid] = rest
  await awaitServer(address, Number(seconds), Number(pid)).catch((error) => {
    console.error(`no answer from ${address}: ${error.message}`)
    process.exit(1)
  })
} else await serve(first, rest[0] ?? '', rest[1] ?? 'replica-set')
