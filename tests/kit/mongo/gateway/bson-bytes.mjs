// Commands and results stay the BSON bytes they are. Here is what looks into them: the top-level elements of a
// document without decoding what is inside, and a command's own few fields.
import { BSON } from 'bson'
import { MongoError } from './errors.mjs'

const asItIs = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true }

/** Keeps every type as it is. */
export const parse = (bytes) => BSON.deserialize(bytes, asItIs)
/** With plain JavaScript values. */
export const plain = (bytes) => BSON.deserialize(bytes)
export const encode = (document) => Buffer.from(BSON.serialize(document, { ignoreUndefined: true }))

/** Bytes of values whose size their type says. */
const fixedSizes = new Map([
  [0x01, 8],
  [0x06, 0],
  [0x07, 12],
  [0x08, 1],
  [0x09, 8],
  [0x0a, 0],
  [0x10, 4],
  [0x11, 8],
  [0x12, 8],
  [0x13, 16],
  [0x7f, 0],
  [0xff, 0],
])

function sizeOf(type, bytes, at) {
  const fixed = fixedSizes.get(type)
  if (fixed !== undefined) return fixed
  switch (type) {
    case 0x02: // strings and code
    case 0x0d:
    case 0x0e:
      return 4 + bytes.readInt32LE(at)
    case 0x03: // documents, arrays, code with scope
    case 0x04:
    case 0x0f:
      return bytes.readInt32LE(at)
    case 0x05: // binary
      return 5 + bytes.readInt32LE(at)
    case 0x0b: // a regular expression is two texts that end with 0
      return bytes.indexOf(0, bytes.indexOf(0, at) + 1) + 1 - at
    case 0x0c: // a pointer to another collection's document
      return 4 + bytes.readInt32LE(at) + 12
    default:
      throw new MongoError(9, `bad BSON element type ${type}`)
  }
}

/** Name → where its value is, for the top-level elements. */
export function scan(bytes) {
  const found = new Map()
  const end = bytes.readInt32LE(0) - 1
  let at = 4
  while (at < end) {
    const type = bytes[at++]
    const zero = bytes.indexOf(0, at)
    const name = bytes.toString('utf8', at, zero)
    at = zero + 1
    const size = sizeOf(type, bytes, at)
    if (!found.has(name)) found.set(name, { type, start: at, end: at + size })
    at += size
  }
  return found
}

/**
 * A command as it arrived. `sequences`: the documents that came beside its body (OP_MSG sections of kind 1).
 * `database` replaces `$db` where a command is inside another.
 */
export function createCommand(body, { sequences = new Map(), database } = {}) {
  const fields = scan(body)
  const name = fields.keys().next().value ?? ''

  const raw = (field) => {
    const place = fields.get(field)
    return place && body.subarray(place.start, place.end)
  }

  const get = (field) => {
    const place = fields.get(field)
    switch (place?.type) {
      case 0x01:
        return body.readDoubleLE(place.start)
      case 0x02:
        return body.toString('utf8', place.start + 4, place.end - 1)
      case 0x03:
        return plain(raw(field))
      case 0x04:
        return Object.values(plain(raw(field)))
      case 0x08:
        return body[place.start] === 1
      case 0x0a:
        return null
      case 0x10:
        return body.readInt32LE(place.start)
      case 0x12:
        return body.readBigInt64LE(place.start)
      default:
        return undefined
    }
  }

  return {
    name,
    body,
    fields,
    sequences,
    database: database ?? get('$db') ?? 'test',
    raw,
    get,
    collection() {
      const collection = get(name)
      if (typeof collection === 'string' && collection !== '') return collection
      throw new MongoError(73, `collection name has invalid type for ${name}`)
    },
    /** The n-th of the documents that a write brings in `field`. */
    nth(field, n) {
      const sequence = sequences.get(field)
      if (sequence === undefined) {
        const array = raw(field)
        const place = array && scan(array).get(String(n))
        return place && parse(array.subarray(place.start, place.end))
      }
      let at = 0
      for (let i = 0; at < sequence.length; i++) {
        const size = sequence.readInt32LE(at)
        if (i === n) return parse(sequence.subarray(at, at + size))
        at += size
      }
      return undefined
    },
  }
}
