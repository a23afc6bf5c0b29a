// A backup written and read again, and every way in which one can be less than it was. The store is a file of bytes
// here: what is in it is the engine's affair.
import { spawnSync } from 'node:child_process'
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Custody } from '../store/port/custody.ts'
import { manifestHashName, manifestHashText, manifestName, storeNames } from './manifest.ts'
import { readBackup, type ReadOptions } from './read.ts'
import { end, headerOf, paddingOf, readTar } from './tar.ts'
import { writeBackup, type BackupOptions } from './write.ts'

const storeName = storeNames.sqlite
const root = mkdtempSync(join(tmpdir(), 'palabre-backup-test-'))
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

let folder = root
let nth = 0
beforeEach(() => {
  nth += 1
  folder = join(root, String(nth))
  mkdirSync(folder)
})

const store = Buffer.from('what a store holds '.repeat(70))
const facts = {
  engine: 'sqlite',
  schema: 2,
  epoch: 'e',
  counts: { users: 1, conversations: 2, messages: 3 },
} as const

/** Only `take` is asked for. */
const custody = {
  take: async (file: string) => {
    writeFileSync(file, store, { flag: 'wx' })
    return facts
  },
} as Partial<Custody> as Custody

const made = () => join(folder, 'made.tar')
const options = (more: Partial<BackupOptions> = {}): BackupOptions => ({
  to: made(),
  openMedia: null,
  overwrites: false,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  out: () => Promise.reject(new Error('there is a file')),
  ...more,
})

async function* chunked(bytes: Buffer, size: number): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

let reads = 0
async function read(bytes: Buffer, chunk = 1_000): Promise<Buffer> {
  reads += 1
  const storeTo = join(folder, `read-${reads}`)
  await readBackup(chunked(bytes, chunk), reading(storeTo))
  return readFileSync(storeTo)
}

const reading = (storeTo: string): ReadOptions => ({
  storeTo,
  blobsTo: null,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  onFile: () => undefined,
})

async function backup(): Promise<Buffer> {
  await writeBackup(custody, options())
  return readFileSync(made())
}

describe('a backup', () => {
  test('is one private file that says what is in it, and nothing beside it', async () => {
    const { manifest } = await writeBackup(custody, options())
    expect(readdirSync(folder)).toEqual(['made.tar'])
    expect(statSync(made()).mode & 0o777).toBe(0o600)
    expect(manifest).toMatchObject({
      ...facts,
      format: 'palabre-backup',
      formatVersion: 2,
      media: 'elsewhere',
    })
    expect(await read(readFileSync(made()))).toEqual(store)
  })

  test('is what any tar opens, and sha256sum agrees with', async () => {
    await backup()
    expect(spawnSync('tar', ['xf', made(), '-C', folder]).status).toBe(0)
    expect(readFileSync(join(folder, storeName))).toEqual(store)
    const checked = spawnSync('sha256sum', ['-c', manifestHashName], { cwd: folder })
    expect(checked.status).toBe(0)
    const { store: part } = JSON.parse(readFileSync(join(folder, manifestName), 'utf8')) as {
      store: { sha256: string }
    }
    expect(spawnSync('sha256sum', [storeName], { cwd: folder }).stdout.toString()).toContain(part.sha256)
  })

  test('is read in whatever pieces it comes', async () => {
    const bytes = await backup()
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: bytes.length }), async (chunk) => {
        expect(await read(bytes, chunk)).toEqual(store)
      }),
      { numRuns: 20 },
    )
  })

  test('goes to a stream as it goes to a file', async () => {
    const parts: Buffer[] = []
    await writeBackup(
      custody,
      options({ to: null, out: async (bytes) => void parts.push(Buffer.from(bytes)) }),
    )
    expect(await read(Buffer.concat(parts))).toEqual(store)
    expect(readdirSync(folder).filter((name) => !name.startsWith('read-'))).toEqual([])
  })

  test('takes no other file’s place unless it is told to', async () => {
    writeFileSync(made(), 'mine')
    await expect(writeBackup(custody, options())).rejects.toThrow(/is there already/u)
    expect(readFileSync(made(), 'utf8')).toBe('mine')
    await writeBackup(custody, options({ overwrites: true }))
    expect(await read(readFileSync(made()))).toEqual(store)
  })

  test.each(['copy', 'write'] as const)('that is stopped during the %s leaves nothing behind', async (at) => {
    const stop = new AbortController()
    const stopping: Custody = {
      ...custody,
      async take(file, { signal } = {}) {
        if (at === 'copy') stop.abort()
        const taken = await custody.take(file)
        signal?.throwIfAborted()
        return taken
      },
    }
    const onProgress: BackupOptions['onProgress'] = (step) => {
      if (step === at) stop.abort()
    }
    // Large enough for a second piece, before which it looks whether to go on.
    const large = Buffer.alloc(3_000_000)
    const taken =
      at === 'write'
        ? { ...custody, take: async (file: string) => (writeFileSync(file, large), facts) }
        : stopping
    await expect(writeBackup(taken, options({ signal: stop.signal, onProgress }))).rejects.toThrow(/abort/iu)
    expect(readdirSync(folder)).toEqual([])
  })

  test('removes what a killed one left, and not what a living one writes', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid
    mkdirSync(join(folder, `made.tar.${dead}.partial`))
    mkdirSync(join(folder, `made.tar.${process.ppid}.partial`))
    mkdirSync(join(folder, `other.tar.${dead}.partial`))
    await backup()
    expect(readdirSync(folder).sort()).toEqual(
      ['made.tar', `made.tar.${process.ppid}.partial`, `other.tar.${dead}.partial`].sort(),
    )
  })
})

describe('what is no backup any more', () => {
  test('one flipped bit anywhere is seen', async () => {
    const bytes = await backup()
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit)
        await expect(read(flipped)).rejects.toThrow()
      }),
      { numRuns: 400 },
    )
  })

  test('one that was cut off anywhere, or goes on, is refused', async () => {
    const bytes = await backup()
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        await expect(read(bytes.subarray(0, length))).rejects.toThrow(/cut off/u)
      }),
      { numRuns: 100 },
    )
    await expect(read(Buffer.concat([bytes, Buffer.from('x')]))).rejects.toThrow(/follows/u)
    await expect(read(Buffer.concat([bytes, bytes]))).rejects.toThrow(/follows/u)
  })

  const entry = (name: string, content: Buffer) => [
    headerOf({ name, size: content.length, modifiedAt: 1 }),
    content,
    paddingOf(content.length),
  ]
  const withManifest = (content: object, parts: Buffer[] = entry(storeName, store)) => {
    const text = Buffer.from(JSON.stringify(content))
    const hash = manifestHashText(text)
    return Buffer.concat([...entry(manifestName, text), ...entry(manifestHashName, hash), ...parts, end])
  }
  const good = async () => {
    await backup()
    const [, text = ''] = /(\{.*\})/su.exec(readFileSync(made(), 'latin1').slice(512, 2_000)) ?? []
    return JSON.parse(text) as Record<string, unknown>
  }

  test('by this test’s own hand a good one is good, of the first format too', async () => {
    const content = await good()
    expect(await read(withManifest(content))).toEqual(store)
    expect(await read(withManifest({ ...content, formatVersion: 1, media: [] }))).toEqual(store)
  })

  test.each([
    ['of a newer format', { formatVersion: 3 }, /newer program/u],
    ['of the first format with media', { formatVersion: 1, media: 'included' }, /not one/u],
    ['of something else', { format: 'something' }, /not one that this program writes/u],
    ['with fields that nobody knows', { more: 1 }, /not one that this program writes/u],
    ['with media that nobody writes', { media: [{ name: '../x', bytes: 1, sha256: 'x' }] }, /not one/u],
    ['that is not even an object', null, /not one/u],
  ])('a manifest %s is refused', async (_, change, says) => {
    const content = change === null ? [] : { ...(await good()), ...change }
    await expect(read(withManifest(content))).rejects.toThrow(says)
  })

  test('parts of other names, sizes or order, and parts too many, are refused', async () => {
    const content = await good()
    const [more, other] = [entry(storeName, Buffer.alloc(9)), entry('../../etc/passwd', store)]
    await expect(read(withManifest(content, other))).rejects.toThrow(/not where it should be/u)
    await expect(read(withManifest(content, more))).rejects.toThrow(/not where it should be/u)
    await expect(read(withManifest(content, []))).rejects.toThrow(/not where it should be/u)
    await expect(read(withManifest(content, [...entry(storeName, store), ...more]))).rejects.toThrow(
      /more than/u,
    )
    await expect(read(Buffer.concat([...entry(storeName, store), end]))).rejects.toThrow(/no backup of ours/u)
    const changed = Buffer.from(store)
    changed[7] = 0
    await expect(read(withManifest(content, entry(storeName, changed)))).rejects.toThrow(/its hash/u)
  })

  test('a file that is anything else is refused, however it looks', async () => {
    for (const bytes of ['', 'SQLite format 3\0', 'x'.repeat(5_000), '\0'.repeat(2_000), '\0'.repeat(1_024)])
      await expect(read(Buffer.from(bytes))).rejects.toThrow()
    const boast = headerOf({ name: manifestName, size: 2 ** 45, modifiedAt: 1 })
    await expect(read(Buffer.concat([boast, Buffer.alloc(4_000)]))).rejects.toThrow(/not where it should be/u)
  })
})

test('a part of any size has a header that is read as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.maxSafeNat(), fc.nat(0o77777777777), async (size, modifiedAt) => {
      const given = { name: 'media/019a', size, modifiedAt }
      expect(await readTar(chunked(headerOf(given), 512)).next()).toEqual(given)
    }),
  )
})

test('a stream from the disk is taken as it comes', async () => {
  await backup()
  const storeTo = join(folder, 'streamed')
  const input = createReadStream(made(), { highWaterMark: 100 })
  await readBackup(input, reading(storeTo))
  expect(readFileSync(storeTo)).toEqual(store)
})
