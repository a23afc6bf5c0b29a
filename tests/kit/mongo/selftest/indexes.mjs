// Indexes: what they refuse, what `explain` says of them.
import assert from 'node:assert/strict'

export async function indexesChecks({ check, fresh, rejects }) {
  await check(
    'unique: 11000 with keyPattern, keyValue, E11000 message (insert, update, upsert, findOneAndUpdate)',
    async () => {
      const c = await fresh('uniq')
      await c.createIndex({ email: 1 }, { unique: true })
      await c.insertOne({ _id: 1, email: 'a' })
      await c.insertOne({ _id: 2, email: 'b' })
      let e = await rejects(c.insertOne({ email: 'a' }), 11000)
      assert.deepEqual([e.keyPattern, e.keyValue], [{ email: 1 }, { email: 'a' }])
      assert.match(
        e.message,
        /^E11000 duplicate key error collection: .*uniq index: email_1 dup key: \{ email: "a" \}/,
      )
      e = await rejects(c.insertOne({ _id: 1, email: 'z' }), 11000)
      assert.deepEqual(e.keyPattern, { _id: 1 })
      e = await rejects(c.updateOne({ _id: 2 }, { $set: { email: 'a' } }), 11000)
      assert.deepEqual([e.keyPattern, e.keyValue], [{ email: 1 }, { email: 'a' }])
      e = await rejects(c.findOneAndUpdate({ _id: 2 }, { $set: { email: 'a' } }), 11000)
      assert.deepEqual([e.keyPattern, e.keyValue], [{ email: 1 }, { email: 'a' }])
      e = await rejects(c.insertMany([{ email: 'c' }, { email: 'c' }]), 11000)
      assert.equal(e.writeErrors[0].index, 1)
    },
  )
  await check('compound unique, sparse unique, unique over existing duplicates refused', async () => {
    const c = await fresh('uniq2')
    await c.createIndex({ room: 1, seq: 1 }, { unique: true })
    await c.insertMany([
      { room: 1, seq: 1 },
      { room: 1, seq: 2 },
    ])
    await rejects(c.insertOne({ room: 1, seq: 2 }), 11000)
    const s = await fresh('uniq3')
    await s.createIndex({ x: 1 }, { unique: true, sparse: true })
    await s.insertMany([{ a: 1 }, { a: 2 }, { x: 1 }])
    await rejects(s.insertOne({ x: 1 }), 11000)
    const d = await fresh('uniq4')
    await d.insertMany([{ x: 1 }, { x: 1 }])
    await rejects(d.createIndex({ x: 1 }, { unique: true }), 11000)
  })
  await check('partial (unique among matching documents only)', async () => {
    const c = await fresh('part')
    await c.createIndex({ u: 1 }, { unique: true, partialFilterExpression: { live: true } })
    await c.insertMany([{ u: 1, live: true }, { u: 1, live: false }, { u: 1 }])
    await rejects(c.insertOne({ u: 1, live: true }), 11000)
    assert.deepEqual((await c.indexes()).find((i) => i.name === 'u_1').partialFilterExpression, {
      live: true,
    })
  })
  await check(
    'listIndexes, dropIndex, dropIndexes, same index twice, options conflict, multikey, wildcard, hashed, 2dsphere',
    async () => {
      const c = await fresh('idx')
      await c.createIndexes([{ key: { a: 1, b: -1 } }, { key: { tags: 1 }, name: 'byTag' }])
      assert.equal(await c.createIndex({ a: 1, b: -1 }), 'a_1_b_-1')
      assert.deepEqual(
        (await c.indexes()).map((i) => i.name),
        ['_id_', 'a_1_b_-1', 'byTag'],
      )
      await rejects(c.createIndex({ a: 1, b: -1 }, { name: 'a_1_b_-1', unique: true }))
      await c.insertOne({ tags: ['x', 'y'] })
      assert.equal((await c.find({ tags: 'y' }).hint('byTag').toArray()).length, 1)
      await c.dropIndex('byTag')
      await rejects(c.dropIndex('nope'), 27)
      await c.dropIndexes()
      assert.deepEqual(
        (await c.indexes()).map((i) => i.name),
        ['_id_'],
      )
      await c.createIndex({ '$**': 1 })
      await c.createIndex({ h: 'hashed' })
      await c.createIndex({ loc: '2dsphere' })
      await c.insertOne({ loc: { type: 'Point', coordinates: [13.4, 52.5] } })
      assert.equal(
        (
          await c
            .find({
              loc: { $near: { $geometry: { type: 'Point', coordinates: [13.4, 52.5] }, $maxDistance: 1000 } },
            })
            .toArray()
        ).length,
        1,
      )
    },
  )
  await check(
    'compound range on 20k documents: sort, limit and hint, and the index is really used',
    async () => {
      const messages = await fresh('messages')
      await messages.insertMany(
        Array.from({ length: 20_000 }, (_, n) => ({
          conversation: n % 100,
          seq: n,
          text: 'hello '.repeat(8),
        })),
      )
      const page = () =>
        messages
          .find({ conversation: 42, seq: { $lt: 18_000 } })
          .sort({ seq: -1 })
          .limit(50)
      const before = await page().toArray()
      await messages.createIndex({ conversation: 1, seq: -1 })
      const after = await page().toArray()
      assert.deepEqual(after, before)
      assert.equal(after[0].seq, 17_942)
      assert.deepEqual(await page().hint({ conversation: 1, seq: -1 }).toArray(), before)
      const explained = await page().explain('executionStats')
      const plan = JSON.stringify(explained.queryPlanner.winningPlan)
      assert.match(plan, /IXSCAN/)
      assert.match(plan, /conversation_1_seq_-1/)
      assert.ok(explained.executionStats.totalDocsExamined <= 200)
    },
  )
  await check(
    'explain of an unindexed query says COLLSCAN; with hint an unknown index is refused',
    async () => {
      const c = await fresh('expl')
      await c.insertMany([{ a: 1 }, { a: 2 }])
      assert.match(JSON.stringify((await c.find({ a: 1 }).explain()).queryPlanner), /COLLSCAN/)
      await rejects(c.find({ a: 1 }).hint('nope').toArray(), 2)
    },
  )
}
