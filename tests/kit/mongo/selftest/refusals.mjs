// What the store must not need, and what is not offered here.
import assert from 'node:assert/strict'
import { Long } from 'mongodb'

export async function refusalsChecks({ check, client, db, fresh, rejects }) {
  await check('transactions over several documents are refused, without an effect', async () => {
    const accounts = await fresh('accounts')
    await accounts.insertOne({ _id: 1, n: 10 })
    const session = client.startSession()
    session.startTransaction()
    await rejects(accounts.updateOne({ _id: 1 }, { $inc: { n: -3 } }, { session }), 263)
    await session.abortTransaction().catch(() => {})
    await session.endSession()
    assert.equal((await accounts.findOne({ _id: 1 })).n, 10)
  })
  await check('a write that is repeated under its number runs again', async () => {
    const counters = await fresh('counters')
    await counters.insertOne({ _id: 1, n: 0 })
    const increment = {
      update: 'counters',
      updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }],
      txnNumber: Long.fromNumber(7),
    }
    const session = client.startSession()
    for (let i = 0; i < 2; i++) await db.command(increment, { session })
    await session.endSession()
    assert.equal((await counters.findOne({ _id: 1 })).n, 2)
  })
  await check('change streams, capped collections and indexes with a collation are refused', async () => {
    const some = await fresh('some')
    await some.insertOne({ _id: 1 })
    const changes = some.watch()
    await rejects(changes.next(), 115)
    await changes.close()
    await rejects(db.createCollection('capped', { capped: true, size: 4096 }), 115)
    await rejects(some.createIndex({ n: 1 }, { unique: true, collation: { locale: 'en', strength: 2 } }), 115)
  })
}
