import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forgetPlaces } from './places.ts'

let dir = ''
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'palabre-places-'))))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function box(type: string, ...content: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(content.map((part) => Buffer.from(part)))
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, body])
}

async function after(bytes: Buffer): Promise<Buffer> {
  const path = join(dir, 'film')
  writeFileSync(path, bytes)
  await forgetPlaces(path)
  const once = readFileSync(path)
  await forgetPlaces(path)
  expect(readFileSync(path).equals(once)).toBe(true)
  return once
}

test('[MED-4] a film keeps its pictures and its length, and forgets its place', async () => {
  const place = '+48.8566+002.3522/'
  const film = (udta: Buffer, meta: Buffer) =>
    Buffer.concat([
      box('ftyp', 'isom'),
      box('mdat', 'pictures udta +48.85'),
      box('moov', box('mvhd', 'length'), udta, box('trak', box('tkhd', 'track'), meta)),
    ])
  const told = film(box('udta', box('©xyz', place)), box('meta', `com.apple.location ${place}`))
  const free = (bytes: number) => box('free', Buffer.alloc(bytes))
  const udtaBytes = box('©xyz', place).length
  const silent = film(free(udtaBytes), free(`com.apple.location ${place}`.length))
  expect((await after(told)).equals(silent)).toBe(true)
})

test('what is no film, or a broken one, is left as it is', async () => {
  const broken = Buffer.concat([box('ftyp', 'isom'), box('moov', box('udta', 'x')).subarray(0, 12)])
  const endless = Buffer.concat([box('ftyp'), Buffer.from([0, 0, 0, 0]), Buffer.from('moov')])
  for (const bytes of [Buffer.alloc(0), Buffer.from('not a film at all'), broken, endless])
    expect((await after(bytes)).equals(bytes)).toBe(true)
})
