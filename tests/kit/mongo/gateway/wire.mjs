// MongoDB's wire: OP_MSG, and the OP_QUERY that a driver greets with. Commands of one connection are answered in order.
import { createCommand, encode, scan } from './bson-bytes.mjs'
import { largestMessage } from './commands.mjs'

const opReply = 1
const opQuery = 2004
const opMsg = 2013
const hasChecksum = 1
const moreToCome = 2

let lastId = 0

function header(size, responseTo, operation, length) {
  const head = Buffer.alloc(size)
  head.writeInt32LE(size + length, 0)
  head.writeInt32LE(++lastId & 0x7fffffff, 4)
  head.writeInt32LE(responseTo, 8)
  head.writeInt32LE(operation, 12)
  return head
}

/** A message with that document as its body, in two parts. */
export function messageOf(responseTo, document) {
  return [header(21, responseTo, opMsg, document.length), document]
}

function replyOf(responseTo, document) {
  const head = header(36, responseTo, opReply, document.length)
  head.writeInt32LE(8, 16) // await capable
  head.writeInt32LE(1, 32) // one document
  return [head, document]
}

function parseMessage(bytes) {
  const flags = bytes.readUInt32LE(16)
  if (flags & 0xffff & ~(hasChecksum | moreToCome)) throw new Error('unknown required OP_MSG flag')
  const end = bytes.length - (flags & hasChecksum ? 4 : 0)
  const sequences = new Map()
  let body
  for (let at = 20; at < end;) {
    const kind = bytes[at++]
    const size = bytes.readInt32LE(at)
    if (size < 5 || at + size > end) throw new Error('bad OP_MSG section')
    if (kind === 0) body = bytes.subarray(at, at + size)
    else if (kind === 1) {
      const zero = bytes.indexOf(0, at + 4)
      sequences.set(bytes.toString('utf8', at + 4, zero), bytes.subarray(zero + 1, at + size))
    } else throw new Error(`unknown OP_MSG section kind ${kind}`)
    at += size
  }
  if (body === undefined) throw new Error('OP_MSG without a body')
  return { command: createCommand(body, { sequences }), isQuiet: (flags & moreToCome) !== 0 }
}

function parseQuery(bytes) {
  const zero = bytes.indexOf(0, 20)
  const [database] = bytes.toString('utf8', 20, zero).split('.')
  const at = zero + 9
  const body = bytes.subarray(at, at + bytes.readInt32LE(at))
  const fields = scan(body)
  const wrapped = fields.get('$query') ?? fields.get('query')
  return createCommand(wrapped ? body.subarray(wrapped.start, wrapped.end) : body, { database })
}

async function answer(bytes, perform) {
  const id = bytes.readInt32LE(4)
  const operation = bytes.readInt32LE(12)
  if (operation === opQuery) return replyOf(id, await perform(parseQuery(bytes)))
  if (operation !== opMsg) throw new Error(`unsupported opcode ${operation}`)
  const { command, isQuiet } = parseMessage(bytes)
  const document = await perform(command)
  return isQuiet ? [] : messageOf(id, document)
}

/** Serves a connection. `perform(command)` answers BSON bytes. */
export function serveWire(socket, perform) {
  let chunks = []
  let gathered = 0
  let queue = Promise.resolve()

  async function respond(bytes) {
    const parts = await answer(bytes, perform)
    if (socket.destroyed) return
    socket.cork()
    for (const part of parts) socket.write(part)
    socket.uncork()
  }

  socket.setNoDelay(true)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    chunks.push(chunk)
    gathered += chunk.length
    while (gathered >= 16) {
      if (chunks[0].length < 4) chunks = [Buffer.concat(chunks)]
      const size = chunks[0].readInt32LE(0)
      if (size < 16 || size > largestMessage) return void socket.destroy()
      if (gathered < size) return
      const all = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
      const bytes = all.subarray(0, size)
      queue = queue
        .then(() => respond(bytes))
        .catch((error) => {
          console.error('protocol:', error.message)
          socket.destroy()
        })
      gathered -= size
      chunks = gathered > 0 ? [all.subarray(size)] : []
    }
  })
}

/** One command, as bytes, to a server that may not be there yet. */
export const commandBytes = (document) => Buffer.concat(messageOf(0, encode(document)))
