// Answers that come in pieces.
import assert from 'node:assert/strict'
import { Long } from 'mongodb'

export async function cursorsChecks({ check, db, fresh, rejects }) {
  await check(
    '10k documents in batches (default, 100, 1000), sorted, aggregate, early close, two at once',
    async () => {
      const c = await fresh('cur')
      await c.insertMany(
        Array.from({ length: 10_000 }, (_, i) => ({ _id: i, k: (i * 7919) % 10_000, pad: 'x'.repeat(200) })),
      )
      for (const size of [undefined, 100, 1000]) {
        const seen = new Set()
        for await (const d of c.find({}, size ? { batchSize: size } : {})) seen.add(d._id)
        assert.equal(seen.size, 10_000)
      }
      let last = -1
      for await (const d of c.find({}, { batchSize: 333 }).sort({ k: 1 })) {
        assert.ok(d.k > last)
        last = d.k
      }
      let n = 0
      for await (const d of c.aggregate([{ $match: { k: { $gte: 0 } } }, { $sort: { k: -1 } }], {
        batchSize: 500,
      }))
        n += d._id >= 0
      assert.equal(n, 10_000)
      const cur = c.find({}, { batchSize: 10 })
      await cur.next()
      await cur.close()
      const [a, b] = await Promise.all([
        c.find({}, { batchSize: 99 }).toArray(),
        c.find({}, { batchSize: 101 }).sort({ k: 1 }).toArray(),
      ])
      assert.deepEqual([a.length, b.length], [10_000, 10_000])
      await rejects(db.command({ getMore: Long.fromString('123456789'), collection: 'cur' }), 43)
    },
  )
  await check('150 sorted cursors open at once', async () => {
    const c = db.collection('cur')
    const open = Array.from({ length: 150 }, () => c.find({}, { batchSize: 5 }).sort({ k: 1 }))
    await Promise.all(
      open.map(async (x) => {
        for (let i = 0; i < 12; i++) await x.next()
      }),
    )
    await Promise.all(open.map((x) => x.close()))
  })
}
