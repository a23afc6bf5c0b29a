// What a driver asks of a server as a whole.
import assert from 'node:assert/strict'
import { Int32, MongoClient } from 'mongodb'

export async function commandsChecks({ check, client, db, fresh, rejects, url }) {
  await check('hello, ping, buildInfo, hostInfo', async () => {
    const admin = client.db('admin')
    const h = await admin.command({ hello: 1 })
    assert.equal((await admin.command({ ping: 1 })).ok, 1)
    const b = await admin.command({ buildInfo: 1 })
    await admin.command({ hostInfo: 1 })
    return `version ${b.version}, wire ${h.maxWireVersion}, ${h.setName ? `replica set ${h.setName}` : (h.msg ?? 'standalone')}`
  })
  await check('unknown command -> 59', async () => {
    await rejects(db.command({ nonsense: 1 }), 59)
  })
  await check('URL with replicaSet=rs0, and without directConnection', async () => {
    const at = url.replace(/\?.*/, '')
    for (const q of ['', '?replicaSet=rs0', '?retryWrites=true&w=majority&readPreference=primary']) {
      const c = new MongoClient(at + q, { serverSelectionTimeoutMS: 3000 })
      try {
        await c.db('admin').command({ ping: 1 })
      } finally {
        await c.close()
      }
    }
  })
  await check('listDatabases, listCollections, create, drop, rename, dropDatabase', async () => {
    const d = client.db(`${db.databaseName}_b`)
    await d.createCollection('one')
    await d.collection('two').insertOne({ a: 1 })
    assert.deepEqual((await d.listCollections().toArray()).map((c) => c.name).sort(), ['one', 'two'])
    assert.deepEqual(
      (await d.listCollections({ name: 'two' }).toArray()).map((c) => c.type),
      ['collection'],
    )
    assert.ok((await client.db().admin().listDatabases()).databases.some((x) => x.name === d.databaseName))
    await d.collection('one').rename('three')
    assert.equal(await d.collection('two').drop(), true)
    assert.deepEqual(
      (await d.collections()).map((c) => c.collectionName),
      ['three'],
    )
    await d.dropDatabase()
    assert.equal((await d.listCollections().toArray()).length, 0)
  })
  await check('collMod (TTL seconds, validator)', async () => {
    const c = await fresh('collmod')
    await c.insertOne({ at: new Date() })
    await c.createIndex({ at: 1 }, { expireAfterSeconds: 100 })
    await db.command({ collMod: 'collmod', index: { keyPattern: { at: 1 }, expireAfterSeconds: 200 } })
    assert.equal((await c.indexes()).find((i) => i.name === 'at_1').expireAfterSeconds, 200)
  })
  await check('$jsonSchema validator rejects a document -> 121', async () => {
    await db
      .collection('val')
      .drop()
      .catch(() => {})
    const c = await db.createCollection('val', {
      validator: {
        $jsonSchema: { bsonType: 'object', required: ['n'], properties: { n: { bsonType: 'int' } } },
      },
    })
    await c.insertOne({ n: new Int32(1) })
    await rejects(c.insertOne({ n: 'x' }), 121)
  })
  await check('views (createCollection viewOn)', async () => {
    const c = await fresh('viewsrc')
    await c.insertMany([{ a: 1 }, { a: 2 }])
    await db
      .collection('v')
      .drop()
      .catch(() => {})
    await db.createCollection('v', { viewOn: 'viewsrc', pipeline: [{ $match: { a: 2 } }] })
    assert.equal(await db.collection('v').countDocuments(), 1)
  })
}
