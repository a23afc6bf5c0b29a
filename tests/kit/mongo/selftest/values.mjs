// Values and their types, large documents, many documents.
import crypto from 'node:crypto'
import assert from 'node:assert/strict'
import { ObjectId, Long, Int32, Double, Decimal128, Binary, UUID, Timestamp } from 'mongodb'

export async function valuesChecks({ check, fresh, rejects }) {
  await check(
    'round trip: ObjectId Date Int32 Int64 Double Decimal128 Binary UUID RegExp Timestamp null nested',
    async () => {
      const c = await fresh('types')
      const d = {
        _id: new ObjectId(),
        date: new Date(1700000000123),
        i: new Int32(7),
        l: Long.fromString('9007199254740993'),
        dbl: new Double(3),
        f: 0.1,
        dec: Decimal128.fromString('12345678901234567890.123456789'),
        bin: new Binary(Buffer.from([0, 1, 2, 255])),
        uuid: new UUID(),
        re: /a.b/i,
        ts: new Timestamp({ t: 1, i: 2 }),
        nul: null,
        b: true,
        s: 'käse \u{1F600} \u0000 x',
        arr: [1, [2, { x: [] }]],
        o: { '': 1, 'a.b': 2, $c: 3 },
        big: 'y'.repeat(5000),
      }
      await c.insertOne(d)
      const r = await c.findOne(
        { _id: d._id },
        { promoteValues: false, promoteLongs: false, promoteBuffers: false },
      )
      assert.equal(r.i._bsontype, 'Int32')
      assert.equal(r.l.toString(), '9007199254740993')
      assert.equal(r.dbl._bsontype, 'Double')
      assert.equal(r.dec.toString(), '12345678901234567890.123456789')
      assert.ok(r.bin.buffer.equals ? Buffer.from(r.bin.buffer).equals(Buffer.from([0, 1, 2, 255])) : true)
      const p = await c.findOne({ uuid: d.uuid })
      assert.equal(p.uuid.toString(), d.uuid.toString())
      assert.equal(p.date.getTime(), 1700000000123)
      assert.equal(p.re.source, 'a.b')
      assert.deepEqual([p.nul, p.b, p.s, p.arr, p.o, p.f, p.ts.t], [null, true, d.s, d.arr, d.o, 0.1, 1])
      assert.equal(
        (await c.findOne({ l: Long.fromString('9007199254740993') }))._id.toString(),
        d._id.toString(),
      )
    },
  )
  await check('10 MiB document; over 16 MiB refused', async () => {
    const c = await fresh('bigdoc')
    const data = crypto.randomBytes(10 * 1024 * 1024)
    await c.insertOne({ _id: 1, data: new Binary(data) })
    const r = await c.findOne({ _id: 1 })
    assert.ok(Buffer.from(r.data.buffer).equals(data))
    await rejects(c.insertOne({ _id: 2, data: new Binary(Buffer.alloc(17 * 1024 * 1024)) }))
  })
  await check('insertMany of 100 000 small documents in one call', async () => {
    const c = await fresh('many')
    await c.insertMany(Array.from({ length: 100_000 }, (_, i) => ({ i })))
    assert.equal(await c.countDocuments(), 100_000)
  })
}
