// What every keeper of blobs does, on real disks and real servers. `partBytes`: the size at which an adapter begins
// to work in parts, so that blobs on both sides of it, and on it, are tried.
import { createHash, randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import type { Blob, BlobId, BlobRange, Blobs } from './port.ts'

export interface BlobsUnderTest {
  blobs: () => Blobs
  /** Everything that is kept, by whatever names: what was refused must not be in it. */
  kept: () => Promise<string[]>
  partBytes: number
}

/** Bytes that no other test has, and what they are called. */
export function blobOf(bytes: Buffer): Blob & { content: Buffer } {
  const id = createHash('sha256').update(bytes).digest('hex') as BlobId
  return { id, bytes: bytes.length, content: bytes }
}

/** The same bytes in chunks of odd lengths, as a network would bring them. */
export function streamOf(bytes: Buffer, chunkBytes = 65_521): Readable {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes))
  return Readable.from(chunks)
}

export function blobsContract(name: string, { blobs, kept, partBytes }: BlobsUnderTest): void {
  const fresh = (bytes = 1_000) => blobOf(randomBytes(bytes))
  const store = async (blob: Blob & { content: Buffer }) => {
    expect(await blobs().put(blob, streamOf(blob.content))).toBe('stored')
    return blob
  }
  const contentOf = async (id: BlobId, range?: BlobRange) =>
    buffer((await blobs().read(id, range === undefined ? {} : { range })).body)
  const listed = async (after?: BlobId) => {
    const found: Blob[] = []
    for await (const { id, bytes } of blobs().list(after)) found.push({ id, bytes })
    return found
  }

  describe(`blobs on ${name}`, () => {
    test.each([
      ['nothing', 0],
      ['one byte', 1],
      ['a little', 70_000],
      ['just below a part', partBytes - 1],
      ['a part', partBytes],
      ['just above a part', partBytes + 1],
      ['two parts and something', partBytes * 2 + 12_345],
    ])('%s comes back as it was put', async (_name, bytes) => {
      const { id, content } = await store(fresh(bytes))
      expect(await blobs().size(id)).toBe(bytes)
      expect((await contentOf(id)).equals(content)).toBe(true)
    })

    test('the same bytes are kept once, and the second stream is not left open', async () => {
      const blob = await store(fresh())
      const before = await kept()
      const again = streamOf(blob.content)
      expect(await blobs().put(blob, again)).toBe('present')
      expect(again.destroyed).toBe(true)
      expect(await kept()).toEqual(before)
    })

    test('two who put the same bytes at once both have them', async () => {
      const blob = fresh(200_000)
      await Promise.all([1, 2, 3].map(() => blobs().put(blob, streamOf(blob.content))))
      expect((await contentOf(blob.id)).equals(blob.content)).toBe(true)
      expect((await listed()).filter(({ id }) => id === blob.id)).toHaveLength(1)
    })

    test.each([
      ['in one piece', 1_000],
      ['in parts', partBytes * 2 + 500],
    ])('other bytes than announced are refused and leave nothing (%s)', async (_name, bytes) => {
      const before = await kept()
      const { id, content } = fresh(bytes)
      const altered = Buffer.from(content)
      altered[bytes - 1] = (altered[bytes - 1] ?? 0) ^ 1
      const refusals = [
        { stream: streamOf(altered), reason: 'hash' },
        { stream: streamOf(content.subarray(0, -1)), reason: 'length' },
        { stream: streamOf(Buffer.concat([content, Buffer.from([0])])), reason: 'length' },
      ]
      for (const { stream, reason } of refusals) {
        await expect(blobs().put({ id, bytes }, stream)).rejects.toMatchObject({
          code: 'INVALID',
          details: { reason },
        })
        expect(stream.destroyed).toBe(true)
      }
      expect(await blobs().size(id)).toBeNull()
      expect(await kept()).toEqual(before)
    })

    test.each([
      ['in one piece', 1_000],
      ['in parts', partBytes * 2 + 500],
    ])(
      'nothing is seen of a blob before its last byte, nor after it was given up (%s)',
      async (_name, bytes) => {
        const before = await kept()
        const { id, content } = fresh(bytes)
        const abort = new AbortController()
        const source = new PassThrough()
        const put = blobs().put({ id, bytes }, source, abort.signal)
        put.catch(() => {})
        // Whoever has taken this much has begun to keep it.
        await new Promise<void>((done) => source.write(content.subarray(0, -1), () => done()))
        expect(await blobs().size(id)).toBeNull()
        await expect(blobs().read(id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
        expect((await listed()).map((blob) => blob.id)).not.toContain(id)
        abort.abort(new Error('given up'))
        await expect(put).rejects.toThrow('given up')
        expect(source.destroyed).toBe(true)
        expect(await kept()).toEqual(before)
      },
    )

    test('a source that breaks leaves nothing', async () => {
      const before = await kept()
      const { id, bytes, content } = fresh()
      const source = Readable.from(
        (async function* () {
          yield content.subarray(0, 10)
          await Promise.resolve()
          throw new Error('the line is dead')
        })(),
      )
      await expect(blobs().put({ id, bytes }, source)).rejects.toThrow('the line is dead')
      expect(await kept()).toEqual(before)
    })

    test('ranges are as in HTTP', async () => {
      const { id, content } = await store(fresh(10_000))
      for (const [range, from, to] of [
        [{ start: 5, end: 5 }, 5, 6],
        [{ start: 0, end: 1 }, 0, 2],
        [{ start: 17, end: 4_711 }, 17, 4_712],
        [{ start: 9_999 }, 9_999, 10_000],
        [{ start: 0 }, 0, 10_000],
        [{ start: 9_000, end: 1_000_000 }, 9_000, 10_000],
      ] as const) {
        const { body, ...facts } = await blobs().read(id, { range })
        expect(facts).toEqual({ bytes: 10_000, start: from, length: to - from })
        expect((await buffer(body)).equals(content.subarray(from, to))).toBe(true)
      }
      for (const range of [
        { start: 10_000 },
        { start: -1 },
        { start: 5, end: 4 },
        { start: 0.5 },
        { start: Number.NaN },
      ])
        await expect(blobs().read(id, { range })).rejects.toMatchObject({ code: 'INVALID' })
    })

    test('a reader may stop in the middle', async () => {
      const { id, content } = await store(fresh(partBytes))
      const abort = new AbortController()
      const { body } = await blobs().read(id, { signal: abort.signal })
      const ended = new Promise<void>((done) => body.once('close', () => done()))
      body.on('error', () => {})
      body.once('data', () => abort.abort())
      await ended
      expect(body.destroyed).toBe(true)
      expect((await contentOf(id)).equals(content)).toBe(true)
    })

    test('what is deleted is gone, and deleting it again is nothing', async () => {
      const { id } = await store(fresh())
      await blobs().delete(id)
      await blobs().delete(id)
      expect(await blobs().size(id)).toBeNull()
      await expect(blobs().read(id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await expect(blobs().read(id, { range: { start: 0 } })).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect((await listed()).map((blob) => blob.id)).not.toContain(id)
    })

    test('the list has each once, in the order of ids, and goes on behind any of them', async () => {
      const made = await Promise.all(Array.from({ length: 25 }, () => store(fresh(10))))
      const all = await listed()
      const ids = all.map(({ id }) => id)
      expect(ids).toEqual([...new Set(ids)].sort())
      for (const { id, bytes } of made) expect(all).toContainEqual({ id, bytes })
      const middle = ids[Math.floor(ids.length / 2)]
      expect(await listed(middle)).toEqual(all.slice(Math.floor(ids.length / 2) + 1))
      for await (const { storedAt } of blobs().list()) {
        expect(Number.isSafeInteger(storedAt) && storedAt > 0).toBe(true)
      }
    })

    test('no name leads anywhere else', async () => {
      const before = await kept()
      const { id, content } = fresh()
      const names = [
        '',
        '..',
        '../../escape',
        `/${id}`,
        `${id}/x`,
        id.toUpperCase(),
        `${id}\n`,
        `../${id.slice(3)}`,
      ]
      for (const name of names as BlobId[]) {
        const invalid = { code: 'INVALID' }
        const source = streamOf(content)
        await expect(blobs().put({ id: name, bytes: 1_000 }, source)).rejects.toMatchObject(invalid)
        expect(source.destroyed).toBe(true)
        await expect(blobs().read(name)).rejects.toMatchObject(invalid)
        await expect(blobs().size(name)).rejects.toMatchObject(invalid)
        await expect(blobs().delete(name)).rejects.toMatchObject(invalid)
      }
      expect(await kept()).toEqual(before)
    })

    test('a check of a keeper that works leaves nothing', async () => {
      const before = await kept()
      await blobs().check()
      expect(await kept()).toEqual(before)
    })
  })
}
