// Many writers at once.
import assert from 'node:assert/strict'

export async function concurrencyChecks({ check, db, fresh }) {
  await check('50 writers x 100 inserts into a new collection with a unique index', async () => {
    const c = await fresh('par')
    await c.createIndex({ k: 1 }, { unique: true })
    await Promise.all(
      Array.from({ length: 50 }, async (_, w) => {
        for (let i = 0; i < 100; i++) await c.insertOne({ k: `${w}-${i}`, at: new Date() })
      }),
    )
    assert.equal(await c.countDocuments(), 5000)
  })
  await check('50 parallel first writes to a collection that does not exist', async () => {
    for (let round = 0; round < 3; round++) {
      await fresh(`born${round}`)
      await Promise.all(Array.from({ length: 50 }, (_, i) => db.collection(`born${round}`).insertOne({ i })))
      assert.equal(await db.collection(`born${round}`).countDocuments(), 50)
    }
  })
  await check('50 parallel $inc x 20 on one document lose nothing', async () => {
    const c = await fresh('inc')
    await c.insertOne({ _id: 1, n: 0 })
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        for (let i = 0; i < 20; i++) await c.updateOne({ _id: 1 }, { $inc: { n: 1 } })
      }),
    )
    assert.equal((await c.findOne()).n, 1000)
  })
  await check('50 parallel findOneAndUpdate upserts of one counter give 1..50', async () => {
    const c = await fresh('seq')
    const out = await Promise.all(
      Array.from({ length: 50 }, () =>
        c.findOneAndUpdate({ _id: 'room' }, { $inc: { seq: 1 } }, { upsert: true, returnDocument: 'after' }),
      ),
    )
    assert.deepEqual(
      out.map((d) => d.seq).sort((x, y) => x - y),
      Array.from({ length: 50 }, (_, i) => i + 1),
    )
  })
  await check('30 parallel upserts of one unique key: one document, others 11000 or matched', async () => {
    const c = await fresh('upk')
    await c.createIndex({ k: 1 }, { unique: true })
    const r = await Promise.allSettled(
      Array.from({ length: 30 }, () => c.updateOne({ k: 'x' }, { $inc: { n: 1 } }, { upsert: true })),
    )
    const bad = r.filter((x) => x.status === 'rejected' && x.reason.code !== 11000)
    assert.equal(bad.length, 0, bad[0]?.reason.message)
    assert.equal(await c.countDocuments(), 1)
  })
}
