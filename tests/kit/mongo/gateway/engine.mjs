// A connection to the engine: just enough of PostgreSQL's protocol (version 3) to run prepared statements with BSON
// in and out as binary, without copies into strings. Requests may be sent before earlier ones are answered.
import net from 'node:net'

const cString = (text) => Buffer.from(`${text}\0`)

function frame(type, body) {
  const head = Buffer.alloc(5)
  head.write(type, 0)
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

const executeAndSync = Buffer.concat([frame('E', Buffer.alloc(5)), frame('S', Buffer.alloc(0))])

function greeting() {
  const settings = {
    user: 'postgres',
    database: 'postgres',
    client_encoding: 'UTF8',
    client_min_messages: 'error',
    search_path: 'documentdb_api_catalog,documentdb_api,documentdb_core,public',
  }
  const text = Object.entries(settings).flat().join('\0')
  const body = Buffer.concat([Buffer.alloc(4), cString(text), Buffer.alloc(1)])
  body.writeInt32BE(196_608, 0)
  const size = Buffer.alloc(4)
  size.writeInt32BE(4 + body.length, 0)
  return Buffer.concat([size, body])
}

/** A prepared statement's values: strings and numbers as text, Buffers as binary, null. Results come in binary. */
function bind(name, values) {
  const head = Buffer.alloc(6 + Buffer.byteLength(name) + 2 * values.length)
  let at = 1 + head.write(name, 1) + 1
  at = head.writeInt16BE(values.length, at)
  for (const value of values) at = head.writeInt16BE(Buffer.isBuffer(value) ? 1 : 0, at)
  head.writeInt16BE(values.length, at)
  const parts = [head]
  for (const value of values) {
    const size = Buffer.alloc(4)
    if (value === null || value === undefined) {
      size.writeInt32BE(-1, 0)
      parts.push(size)
      continue
    }
    const bytes = Buffer.isBuffer(value) ? value : Buffer.from(String(value))
    size.writeInt32BE(bytes.length, 0)
    parts.push(size, bytes)
  }
  parts.push(Buffer.from([0, 1, 0, 1])) // every result column in binary
  const first = Buffer.alloc(5)
  first[0] = 0x42
  first.writeInt32BE(4 + parts.reduce((sum, part) => sum + part.length, 0), 1)
  return [first, ...parts]
}

function rowOf(bytes, at) {
  const count = bytes.readInt16BE(at)
  const row = new Array(count)
  at += 2
  for (let i = 0; i < count; i++) {
    const size = bytes.readInt32BE(at)
    at += 4
    row[i] = size < 0 ? null : bytes.subarray(at, at + size)
    if (size > 0) at += size
  }
  return row
}

function errorOf(bytes, at) {
  const field = {}
  while (bytes[at]) {
    const zero = bytes.indexOf(0, at + 1)
    field[String.fromCharCode(bytes[at])] = bytes.toString('utf8', at + 1, zero)
    at = zero + 1
  }
  return Object.assign(new Error(field.M), {
    severity: field.V ?? field.S,
    code: field.C,
    detail: field.D,
    constraint: field.n,
  })
}

/** Connects to the engine's socket in `folder`; resolves once it can be asked. */
export function connectEngine(folder) {
  const pending = []
  const prepared = new Set()
  const socket = net.connect(`${folder}/.s.PGSQL.5432`)
  let chunks = []
  let gathered = 0
  /** What has come of the answer that is next. */
  let answer = { rows: [], error: undefined, isParsed: false }
  let hasGreeted = false

  const connection = {
    /** Why it cannot be used any more. */
    broken: undefined,
    /** A statement without parameters or rows that matter. */
    exec: (sql) => send([frame('Q', cString(sql))]),
    /** Prepared once under its name; the name '' is not kept. Answers rows of Buffers and nulls. */
    query(name, sql, values) {
      const parts = bind(name, values)
      parts.push(executeAndSync)
      if (prepared.has(name)) return send(parts)
      if (name !== '') prepared.add(name)
      parts.unshift(frame('P', Buffer.concat([cString(name), cString(sql), Buffer.alloc(2)])))
      return send(parts, name)
    },
    end() {
      connection.broken = new Error('closed')
      socket.end(frame('X', Buffer.alloc(0)))
    },
  }

  function fail(error) {
    connection.broken ??= error
    for (const { reject } of pending.splice(0)) reject(connection.broken)
    socket.destroy()
  }

  function send(parts, parsing) {
    if (connection.broken) return Promise.reject(connection.broken)
    return new Promise((resolve, reject) => {
      pending.push({ resolve, reject, parsing })
      socket.cork()
      for (const part of parts) socket.write(part)
      socket.uncork()
    })
  }

  function read(type, bytes, at) {
    if (type === 'D') answer.rows.push(rowOf(bytes, at))
    else if (type === 'E') {
      answer.error ??= errorOf(bytes, at)
      if (!hasGreeted) fail(answer.error)
    } else if (type === '1') answer.isParsed = true
    else if (type === 'R' && bytes.readInt32BE(at) !== 0) fail(new Error('the engine asks for a password'))
    else if (type === 'Z') {
      hasGreeted = true
      const { rows, error, isParsed } = answer
      answer = { rows: [], error: undefined, isParsed: false }
      const asked = pending.shift()
      if (error === undefined) asked?.resolve(rows)
      else {
        if (asked?.parsing && !isParsed) prepared.delete(asked.parsing)
        asked?.reject(error)
      }
    }
  }

  socket.on('data', (chunk) => {
    chunks.push(chunk)
    gathered += chunk.length
    let bytes
    let at = 0
    while (gathered >= 5) {
      if (bytes === undefined) {
        if (chunks[0].length < 5) chunks = [Buffer.concat(chunks)]
        // A large answer: gather its chunks before they are put together, once.
        if (gathered < chunks[0].readInt32BE(1) + 1) return
        bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
      }
      const size = bytes.readInt32BE(at + 1) + 1
      if (gathered < size) break
      read(String.fromCharCode(bytes[at]), bytes, at + 5)
      at += size
      gathered -= size
    }
    if (bytes !== undefined) chunks = gathered > 0 ? [bytes.subarray(at)] : []
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the engine closed the connection')))

  return new Promise((resolve, reject) => {
    pending.push({ resolve: () => resolve(connection), reject })
    socket.on('connect', () => socket.write(greeting()))
  })
}
