// What a refused write answers: the engine's packed codes as MongoDB's, and 11000 with keyPattern, keyValue and the
// message that MongoDB gives, from the index's definition and the document at hand.
import { BSON } from 'bson'
import { encode, parse, scan } from './bson-bytes.mjs'
import { isKnownCode } from './error-codes.mjs'
import { fromPacked, fromState, MongoError } from './errors.mjs'
import { run } from './pool.mjs'

function shown(value) {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value?._bsontype === 'ObjectId') return `ObjectId('${value.toHexString()}')`
  if (value?._bsontype) return String(value.value ?? value)
  return value === undefined ? 'null' : BSON.EJSON.stringify(value)
}

const at = (document, path) => path.split('.').reduce((value, key) => value?.[key], document)

/** `isWhole`: the document is complete, so a field it lacks is null; otherwise keyValue is left out. */
function duplicate(namespace, { index, name, document, isWhole }) {
  const keyPattern = index?.key ?? (name === '_id_' ? { _id: 1 } : undefined)
  const keys = Object.keys(keyPattern ?? {})
  const isTold =
    keys.length > 0 && document && (isWhole || keys.every((key) => at(document, key) !== undefined))
  const keyValue = isTold
    ? Object.fromEntries(keys.map((key) => [key, at(document, key) ?? null]))
    : undefined
  const pairs = Object.entries(keyValue ?? {}).map(([key, value]) => `${key}: ${shown(value)}`)
  const text = pairs.length > 0 ? `{ ${pairs.join(', ')} }` : '{ }'
  return {
    errmsg: `E11000 duplicate key error collection: ${namespace} index: ${name} dup key: ${text}`,
    keyPattern,
    keyValue,
  }
}

/** What a single update tried to write, as far as its text tells: equality in the filter, and $set. */
function attempted({ q: filter = {}, u: update }) {
  const written = {}
  const set = (path, value) => {
    const keys = path.split('.')
    const last = keys.pop()
    let inner = written
    for (const key of keys) inner = inner[key] ??= {}
    if (typeof inner === 'object') inner[last] = value
  }
  const hasOperators = (value) =>
    value &&
    typeof value === 'object' &&
    !value._bsontype &&
    Object.keys(value).some((key) => key.startsWith('$'))
  for (const [key, value] of Object.entries(filter)) {
    if (key.startsWith('$')) continue
    if (!hasOperators(value)) set(key, value)
    else if ('$eq' in value) set(key, value.$eq)
  }
  if (!update || Array.isArray(update)) return written
  if (!hasOperators(update)) return { ...('_id' in written ? { _id: written._id } : {}), ...update }
  for (const operator of ['$setOnInsert', '$set']) {
    for (const [key, value] of Object.entries(update[operator] ?? {})) set(key, value)
  }
  return written
}

/** The indexes of a collection, with the numbers that the engine names them by. */
export async function indexesOf(pool, database, collection) {
  const rows = await pool.use((connection) => run(connection, 'indexes', [database, collection]))
  return rows.map(([id, spec]) => ({ id: id.readInt32BE(0), ...parse(spec) }))
}

/** The answer to a write, with MongoDB's codes. */
export async function writeResult(pool, command, bytes) {
  if (!scan(bytes).has('writeErrors')) return bytes
  const result = parse(bytes)
  const namespace = `${command.database}.${command.collection()}`
  let indexes
  for (const error of result.writeErrors) {
    const given = Number(error.code.valueOf())
    const isPacked = given > 1_000_000 || !isKnownCode(given)
    const [code, message] = isPacked ? fromPacked(given, error.errmsg) : [given, error.errmsg]
    if (code === 112) throw new MongoError(112, message)
    error.code = code
    error.errmsg = message
    if (code !== 11000) continue
    const name = /Index '(.*)'$/s.exec(message)?.[1] ?? '_id_'
    indexes ??= await indexesOf(pool, command.database, command.collection()).catch(() => [])
    const isInsert = command.name === 'insert'
    const statement = command.nth(isInsert ? 'documents' : 'updates', Number(error.index.valueOf()))
    const document = isInsert ? statement : statement && attempted(statement)
    const index = indexes.find((one) => one.name === name)
    Object.assign(error, duplicate(namespace, { index, name, document, isWhole: isInsert }))
  }
  return encode(result)
}

/** The answer to a command that the engine refused as a whole. */
export async function refusal(pool, command, error) {
  const [code, message] = fromState(error.code, error.message)
  const collection = command?.get(command.name)
  if (code !== 11000 || typeof collection !== 'string') return new MongoError(code, message).reply
  const indexes = await indexesOf(pool, command.database, collection).catch(() => [])
  const constraint = error.constraint ?? ''
  const id = Number(/documents_rum_index_(\d+)/.exec(constraint)?.[1] ?? -1)
  const index = constraint.startsWith('collection_pk_')
    ? indexes.find((one) => one.name === '_id_')
    : indexes.find((one) => one.id === id)
  const hex = /=\((?:\d+, )?BSONHEX([0-9a-f]+)/i.exec(error.detail ?? '')?.[1]
  let document = hex && parse(Buffer.from(hex, 'hex'))
  if (document && index?.name === '_id_' && !('_id' in document))
    document = { _id: Object.values(document)[0] }
  const told = { index, name: index?.name ?? constraint, document, isWhole: true }
  const { errmsg, keyPattern, keyValue } = duplicate(`${command.database}.${collection}`, told)
  return new MongoError(11000, errmsg, { keyPattern, keyValue }).reply
}
