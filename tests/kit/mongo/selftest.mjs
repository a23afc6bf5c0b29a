// Is this MongoDB enough for the store? Checks a running server with the official driver.
//
//   MONGODB_URL=mongodb://… node tests/kit/mongo/selftest.mjs [part of a title]
//
// Without MONGODB_URL it starts a server as `npm test` does, and stops it. Exit code 1 when a check fails.
import assert from 'node:assert/strict'
import { MongoClient } from 'mongodb'
import { provideMongo } from './provide.mjs'
import { aggregationChecks } from './selftest/aggregation.mjs'
import { commandsChecks } from './selftest/commands.mjs'
import { concurrencyChecks } from './selftest/concurrency.mjs'
import { cursorsChecks } from './selftest/cursors.mjs'
import { indexesChecks } from './selftest/indexes.mjs'
import { refusalsChecks } from './selftest/refusals.mjs'
import { valuesChecks } from './selftest/values.mjs'
import { writesChecks } from './selftest/writes.mjs'

const suites = [
  commandsChecks,
  writesChecks,
  indexesChecks,
  aggregationChecks,
  cursorsChecks,
  concurrencyChecks,
  valuesChecks,
  refusalsChecks,
]

const mongo = await provideMongo()
if (mongo.url === undefined) {
  console.error(mongo.reason)
  process.exit(1)
}
const [only = ''] = process.argv.slice(2)
const client = new MongoClient(mongo.url, { serverSelectionTimeoutMS: 5_000 })
await client.connect()
const db = client.db(`selftest_${process.pid}`)
const counts = { passed: 0, failed: 0 }

/** Runs a check, and says how it went. */
async function check(title, work) {
  if (!title.toLowerCase().includes(only.toLowerCase())) return
  try {
    await work()
    counts.passed++
    console.log(`pass  ${title}`)
  } catch (error) {
    counts.failed++
    console.log(
      `FAIL  ${title}\n      ${error.code ?? ''} ${String(error.message).split('\n').slice(0, 3).join(' ')}`,
    )
  }
}

/** An empty collection of that name. */
async function fresh(name) {
  const collection = db.collection(name)
  await collection.drop().catch(() => {})
  return collection
}

/** The error that a promise is rejected with, which must have that code if one is given. */
async function rejects(promise, code) {
  const error = await promise.then(
    () => assert.fail('no error was raised'),
    (raised) => raised,
  )
  if (code !== undefined) assert.equal(error.code, code, `code ${error.code}: ${error.message}`)
  return error
}

try {
  for (const suite of suites) await suite({ check, client, db, fresh, rejects, url: mongo.url })
  await db.dropDatabase()
} finally {
  await client.close()
  await mongo.stop()
}
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed > 0 ? 1 : 0
