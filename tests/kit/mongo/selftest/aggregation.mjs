// Aggregation stages.
import assert from 'node:assert/strict'

export async function aggregationChecks({ check, db, fresh }) {
  await check(
    '$match $group $sort $project $limit $skip $count $addFields $sum/$avg/$first/$push',
    async () => {
      const c = await fresh('agg')
      await c.insertMany([
        { u: 'a', n: 1 },
        { u: 'a', n: 3 },
        { u: 'b', n: 5 },
      ])
      assert.deepEqual(
        await c
          .aggregate([
            {
              $group: {
                _id: '$u',
                s: { $sum: '$n' },
                v: { $avg: '$n' },
                all: { $push: '$n' },
                c: { $count: {} },
              },
            },
            { $sort: { _id: 1 } },
          ])
          .toArray(),
        [
          { _id: 'a', s: 4, v: 2, all: [1, 3], c: 2 },
          { _id: 'b', s: 5, v: 5, all: [5], c: 1 },
        ],
      )
      assert.deepEqual(
        await c
          .aggregate([
            { $match: { n: { $gt: 1 } } },
            { $sort: { n: -1 } },
            { $skip: 1 },
            { $limit: 1 },
            { $project: { _id: 0, d: { $multiply: ['$n', 2] }, up: { $toUpper: '$u' } } },
          ])
          .toArray(),
        [{ d: 6, up: 'A' }],
      )
      assert.deepEqual(await c.aggregate([{ $count: 'n' }]).toArray(), [{ n: 3 }])
    },
  )
  await check('$lookup (fields; let+pipeline), $unwind, $unionWith', async () => {
    const r = await fresh('rooms')
    const m = await fresh('members')
    await r.insertMany([
      { _id: 1, n: 'x' },
      { _id: 2, n: 'y' },
    ])
    await m.insertMany([
      { room: 1, u: 'a', on: true },
      { room: 1, u: 'b', on: false },
      { room: 2, u: 'c', on: true },
    ])
    const a = await r
      .aggregate([
        { $lookup: { from: 'members', localField: '_id', foreignField: 'room', as: 'm' } },
        { $sort: { _id: 1 } },
      ])
      .toArray()
    assert.deepEqual(
      a.map((x) => x.m.length),
      [2, 1],
    )
    const b = await r
      .aggregate([
        {
          $lookup: {
            from: 'members',
            let: { id: '$_id' },
            pipeline: [
              { $match: { $expr: { $eq: ['$room', '$$id'] }, on: true } },
              { $project: { _id: 0, u: 1 } },
            ],
            as: 'm',
          },
        },
        { $sort: { _id: 1 } },
      ])
      .toArray()
    assert.deepEqual(
      b.map((x) => x.m),
      [[{ u: 'a' }], [{ u: 'c' }]],
    )
    const d = await r
      .aggregate([
        {
          $lookup: {
            from: 'members',
            localField: '_id',
            foreignField: 'room',
            pipeline: [{ $sort: { u: -1 } }, { $limit: 1 }],
            as: 'm',
          },
        },
        { $unwind: { path: '$m', preserveNullAndEmptyArrays: true } },
        { $sort: { _id: 1 } },
      ])
      .toArray()
    assert.deepEqual(
      d.map((x) => x.m.u),
      ['b', 'c'],
    )
    assert.equal(
      (
        await r
          .aggregate([{ $unionWith: { coll: 'members', pipeline: [{ $match: { on: true } }] } }])
          .toArray()
      ).length,
      4,
    )
  })
  await check('$facet, $bucket, $bucketAuto, $sortByCount, $replaceRoot, $sample', async () => {
    const c = await fresh('facet')
    await c.insertMany(Array.from({ length: 20 }, (_, i) => ({ n: i, k: i % 3 })))
    const [f] = await c
      .aggregate([
        {
          $facet: {
            byK: [{ $sortByCount: '$k' }],
            page: [{ $sort: { n: -1 } }, { $skip: 1 }, { $limit: 2 }],
            total: [{ $count: 'n' }],
            b: [
              { $bucket: { groupBy: '$n', boundaries: [0, 5, 20], output: { c: { $sum: 1 } } } },
              { $sort: { _id: 1 } },
            ],
          },
        },
      ])
      .toArray()
    assert.deepEqual(
      [f.byK.length, f.page.map((x) => x.n), f.total, f.b],
      [
        3,
        [18, 17],
        [{ n: 20 }],
        [
          { _id: 0, c: 5 },
          { _id: 5, c: 15 },
        ],
      ],
    )
    assert.deepEqual(
      await c
        .aggregate([{ $bucket: { groupBy: '$n', boundaries: [0, 5, 20], output: { c: { $sum: 1 } } } }])
        .toArray(),
      [
        { _id: 0, c: 5 },
        { _id: 5, c: 15 },
      ],
    )
    assert.equal((await c.aggregate([{ $bucketAuto: { groupBy: '$n', buckets: 4 } }]).toArray()).length, 4)
    assert.equal(
      (await c.aggregate([{ $sample: { size: 5 } }, { $replaceRoot: { newRoot: { x: '$n' } } }]).toArray())
        .length,
      5,
    )
  })
  await check('$merge and $out', async () => {
    const c = await fresh('mo')
    await fresh('mo_out')
    await fresh('mo_merge')
    await c.insertMany([
      { _id: 1, n: 1 },
      { _id: 2, n: 2 },
    ])
    await c.aggregate([{ $match: { n: 2 } }, { $out: 'mo_out' }]).toArray()
    await c
      .aggregate([{ $merge: { into: 'mo_merge', whenMatched: 'replace', whenNotMatched: 'insert' } }])
      .toArray()
    assert.deepEqual(
      [await db.collection('mo_out').countDocuments(), await db.collection('mo_merge').countDocuments()],
      [1, 2],
    )
  })
}
