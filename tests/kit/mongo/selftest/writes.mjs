// Documents: written, changed, found, deleted; what each answers.
import assert from 'node:assert/strict'
import { ObjectId, Int32 } from 'mongodb'

export async function writesChecks({ check, fresh, rejects }) {
  await check('insertOne/insertMany/find/findOne/projection/sort/skip/limit/count/distinct', async () => {
    const c = await fresh('crud')
    assert.equal((await c.insertOne({ _id: 1, a: 1 })).insertedId, 1)
    assert.equal(
      (await c.insertMany([{ a: 2, t: ['x', 'y'] }, { a: 3 }, { a: 4, n: { d: 1 } }])).insertedCount,
      3,
    )
    assert.deepEqual(
      await c
        .find({ a: { $gt: 1 } }, { projection: { _id: 0, a: 1 } })
        .sort({ a: -1 })
        .skip(1)
        .limit(1)
        .toArray(),
      [{ a: 3 }],
    )
    assert.equal((await c.findOne({ 'n.d': 1 })).a, 4)
    assert.equal(await c.countDocuments({ t: 'x' }), 1)
    assert.equal(await c.estimatedDocumentCount(), 4)
    assert.deepEqual((await c.distinct('a')).sort(), [1, 2, 3, 4])
    assert.equal(
      (await c.find({ $or: [{ a: 1 }, { a: { $in: [3, 4] } }], a: { $ne: 4 } }).toArray()).length,
      2,
    )
    assert.equal((await c.find({ t: { $elemMatch: { $eq: 'y' } } }).toArray()).length, 1)
    assert.equal((await c.find({ x: { $exists: false }, a: { $type: 'int' } }).toArray()).length, 4)
    assert.equal((await c.find({ $expr: { $gt: ['$a', 2] } }).toArray()).length, 2)
    assert.equal((await c.find({ t: /^x/i }).toArray()).length, 1)
  })
  await check('updateOne/updateMany/replaceOne/deleteOne/deleteMany counts', async () => {
    const c = await fresh('crud2')
    await c.insertMany([1, 2, 3, 4].map((a) => ({ a })))
    let r = await c.updateMany({ a: { $gte: 2 } }, { $set: { b: 1 } })
    assert.deepEqual([r.matchedCount, r.modifiedCount], [3, 3])
    r = await c.updateOne({ a: 2 }, { $set: { b: 1 } })
    assert.deepEqual([r.matchedCount, r.modifiedCount], [1, 0])
    r = await c.replaceOne({ a: 1 }, { a: 9, z: true })
    assert.equal(r.modifiedCount, 1)
    assert.equal((await c.deleteOne({ a: 9 })).deletedCount, 1)
    assert.equal((await c.deleteMany({ b: 1 })).deletedCount, 3)
  })
  await check('upsert by update/replace, $setOnInsert', async () => {
    const c = await fresh('ups')
    const r = await c.updateOne({ k: 'a' }, { $set: { v: 1 }, $setOnInsert: { made: 1 } }, { upsert: true })
    assert.equal(r.upsertedCount, 1)
    assert.ok(r.upsertedId instanceof ObjectId)
    const r2 = await c.updateOne({ k: 'a' }, { $set: { v: 2 }, $setOnInsert: { made: 2 } }, { upsert: true })
    assert.deepEqual([r2.upsertedCount, r2.matchedCount, r2.modifiedCount], [0, 1, 1])
    const d = await c.findOne({ k: 'a' })
    assert.deepEqual([d.v, d.made], [2, 1])
    assert.equal((await c.replaceOne({ _id: 'r' }, { x: 1 }, { upsert: true })).upsertedId, 'r')
  })
  await check('$inc $mul $min $max $unset $rename $currentDate $bit', async () => {
    const c = await fresh('ops')
    await c.insertOne({ _id: 1, n: 1, m: 2, lo: 5, hi: 5, gone: 1, old: 1, b: new Int32(6) })
    await c.updateOne(
      { _id: 1 },
      {
        $inc: { n: 4, 'deep.x': 2 },
        $mul: { m: 3 },
        $min: { lo: 3 },
        $max: { hi: 9 },
        $unset: { gone: '' },
        $rename: { old: 'fresh' },
        $currentDate: { at: true },
        $bit: { b: { and: new Int32(3) } },
      },
    )
    const d = await c.findOne()
    assert.deepEqual(
      [d.n, d.deep.x, d.m, d.lo, d.hi, d.gone, d.fresh, d.at instanceof Date, d.b],
      [5, 2, 6, 3, 9, undefined, 1, true, 2],
    )
    await c.updateOne({ _id: 1 }, { $max: { hi: 1 } })
    assert.equal((await c.findOne()).hi, 9)
  })
  await check('$push ($each/$slice/$sort/$position) $pull $pop $addToSet $pullAll', async () => {
    const c = await fresh('arr')
    await c.insertOne({ _id: 1, a: [3], s: ['x'] })
    await c.updateOne(
      { _id: 1 },
      { $push: { a: { $each: [5, 1], $sort: -1, $slice: 2 } }, $addToSet: { s: { $each: ['x', 'y'] } } },
    )
    let d = await c.findOne()
    assert.deepEqual(
      [d.a, d.s],
      [
        [5, 3],
        ['x', 'y'],
      ],
    )
    await c.updateOne({ _id: 1 }, { $push: { a: { $each: [7], $position: 0 } }, $pull: { s: 'x' } })
    await c.updateOne({ _id: 1 }, { $pop: { a: 1 } })
    await c.updateOne({ _id: 1 }, { $pull: { a: { $gt: 6 } } })
    d = await c.findOne()
    assert.deepEqual([d.a, d.s], [[5], ['y']])
  })
  await check('positional $, $[], arrayFilters', async () => {
    const c = await fresh('pos')
    await c.insertOne({
      _id: 1,
      m: [
        { u: 'a', n: 1 },
        { u: 'b', n: 2 },
        { u: 'c', n: 3 },
      ],
    })
    await c.updateOne({ _id: 1, 'm.u': 'b' }, { $set: { 'm.$.n': 20 } })
    await c.updateOne({ _id: 1 }, { $inc: { 'm.$[].n': 1 } })
    await c.updateOne(
      { _id: 1 },
      { $set: { 'm.$[x].seen': true } },
      { arrayFilters: [{ 'x.n': { $gte: 4 } }] },
    )
    assert.deepEqual((await c.findOne()).m, [
      { u: 'a', n: 2 },
      { u: 'b', n: 21, seen: true },
      { u: 'c', n: 4, seen: true },
    ])
  })
  await check('pipeline update', async () => {
    const c = await fresh('pipe')
    await c.insertOne({ _id: 1, a: 2, b: 3 })
    await c.updateOne({ _id: 1 }, [{ $set: { sum: { $add: ['$a', '$b'] } } }, { $unset: 'b' }])
    assert.deepEqual(await c.findOne(), { _id: 1, a: 2, sum: 5 })
  })
  await check('findOneAndUpdate (before/after/upsert/sort/projection), -Replace, -Delete', async () => {
    const c = await fresh('fam')
    await c.insertMany([
      { _id: 1, n: 1 },
      { _id: 2, n: 2 },
    ])
    assert.equal((await c.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnDocument: 'after' })).n, 2)
    assert.equal((await c.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } })).n, 2)
    assert.deepEqual(
      await c.findOneAndUpdate(
        { n: { $gt: 0 } },
        { $set: { z: 1 } },
        { sort: { n: -1 }, projection: { _id: 1 }, returnDocument: 'after' },
      ),
      { _id: 1 },
    )
    assert.equal(
      (
        await c.findOneAndUpdate(
          { _id: 'seq' },
          { $inc: { v: 1 } },
          { upsert: true, returnDocument: 'after' },
        )
      ).v,
      1,
    )
    assert.equal(await c.findOneAndUpdate({ _id: 'none' }, { $set: { a: 1 } }), null)
    assert.equal((await c.findOneAndReplace({ _id: 2 }, { q: 1 }, { returnDocument: 'after' })).q, 1)
    assert.equal((await c.findOneAndDelete({ _id: 2 })).q, 1)
    const full = await c.findOneAndUpdate(
      { _id: 'x' },
      { $set: { a: 1 } },
      { upsert: true, includeResultMetadata: true },
    )
    assert.equal(full.lastErrorObject.upserted, 'x')
  })
  await check('bulkWrite ordered stops at the error, unordered goes on', async () => {
    const c = await fresh('bulk')
    await c.insertOne({ _id: 2 })
    const ops = [
      { insertOne: { document: { _id: 1 } } },
      { insertOne: { document: { _id: 2 } } },
      { insertOne: { document: { _id: 3 } } },
      { updateOne: { filter: { _id: 1 }, update: { $set: { a: 1 } } } },
      { deleteOne: { filter: { _id: 2 } } },
      { updateOne: { filter: { _id: 9 }, update: { $set: { u: 1 } }, upsert: true } },
    ]
    const e = await rejects(c.bulkWrite(ops, { ordered: true }), 11000)
    assert.deepEqual([e.result.insertedCount, e.writeErrors[0].index], [1, 1])
    assert.equal(await c.countDocuments(), 2)
    await c.deleteMany({})
    await c.insertOne({ _id: 2 })
    const e2 = await rejects(c.bulkWrite(ops, { ordered: false }), 11000)
    assert.deepEqual(
      [
        e2.result.insertedCount,
        e2.result.modifiedCount,
        e2.result.deletedCount,
        e2.result.upsertedCount,
        e2.writeErrors.length,
      ],
      [2, 1, 1, 1, 1],
    )
  })
  await check('writeConcern w:0 and w:majority', async () => {
    const c = await fresh('wc')
    await c.insertOne({ _id: 1 }, { writeConcern: { w: 0 } })
    await c.insertOne({ _id: 2 }, { writeConcern: { w: 'majority', j: true } })
    // The first was not answered, only read in order on its connection.
    const deadline = Date.now() + 10_000
    while ((await c.countDocuments()) < 2) assert.ok(Date.now() < deadline, 'the first is not there')
  })
  await check(
    'query error codes (BadValue 2, ConflictingUpdateOperators 40, ImmutableField 66)',
    async () => {
      const c = await fresh('err')
      await c.insertOne({ _id: 1, a: 1 })
      await rejects(c.find({ $nonsense: 1 }).toArray(), 2)
      await rejects(c.updateOne({ _id: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }), 40)
      await rejects(c.updateOne({ _id: 1 }, { $set: { _id: 2 } }), 66)
      await rejects(c.updateOne({ _id: 1 }, { $inc: { a: 'x' } }), 14)
    },
  )
  await check('maxTimeMS is enforced -> 50', async () => {
    const c = await fresh('mtm')
    await c.insertMany(Array.from({ length: 3000 }, (_, i) => ({ i })))
    await rejects(
      c
        .aggregate(
          [
            {
              $lookup: {
                from: 'mtm',
                let: { i: '$i' },
                pipeline: [{ $match: { $expr: { $lt: ['$i', '$$i'] } } }],
                as: 'x',
              },
            },
            { $group: { _id: null, n: { $sum: { $size: '$x' } } } },
          ],
          { maxTimeMS: 50 },
        )
        .toArray(),
      50,
    )
  })
}
