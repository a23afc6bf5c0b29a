// Taking one's data along: what is in the file and what is not, who gets it, and that what is cancelled ends.
import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { limits } from '@palabre/protocol'
import { movedClock } from '../kit/clock.ts'
import { directOf, groupOf, send } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { mediaTo, picture, uploaded } from '../kit/upload.ts'
import { useWorld } from '../kit/world.ts'

/** The files of a ZIP, by its central directory. */
function unzipped(zip: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)]
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ]
    const local = zip.readUInt32LE(at + 42)
    const path = zip.toString('utf8', at + 46, at + 46 + name)
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const bytes = zip.subarray(from, from + size)
    files.set(path, method === 0 ? bytes : inflateRawSync(bytes))
    at += 46 + name + extra + comment
  }
  return files
}

const fetchExport = (url: string, { token }: Pick<Person, 'token'>, signal?: AbortSignal) =>
  fetch(`${url}/api/v1/me/export`, {
    headers: { authorization: `Bearer ${token}` },
    ...(signal !== undefined && { signal }),
  })

onEachStore('on %s', {}, (store) => {
  const clock = movedClock()
  const world = useWorld(store, {}, clock.now)

  test('[EXP-1] [EXP-3] one gets what is one’s own, whole and checksummed, after saying the password', async () => {
    const { url } = world.server
    const { alice, bob } = await world.accounts('alice', 'bob')
    const [pair, group] = [await directOf(alice, bob), await groupOf(bob, alice)]
    await alice.does('updateMe', { about: 'about alice' })
    await alice.does('addContact', { userId: bob.id })
    await send(alice, pair, 'mine in the pair')
    await send(alice, group, 'mine <b>in the group</b>')
    await send(bob, pair, 'the secret of bob')
    const bytes = await picture(120, 80)
    const { id } = await uploaded(url, alice, bytes, 'image', '../../etc/passwd<script>.jpg')
    await alice.does('sendMessage', mediaTo(pair, 'image', id))

    // Signing in was a proof, for a while.
    clock.moveBy(limits.proofMs + 1)
    const refused = await fetchExport(url, alice)
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      403,
      'PROOF_REQUIRED',
    ])
    expect((await fetch(`${url}/api/v1/me/export`)).status).toBe(401)
    await alice.does('prove', { password: alice.password })
    const answer = await fetchExport(url, alice)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/zip')
    const zip = Buffer.from(await answer.arrayBuffer())
    const files = unzipped(zip)
    const manifest = JSON.parse(String(files.get('manifest.json'))) as {
      files: { path: string; bytes: number; sha256: string }[]
    }
    expect(manifest.files.map(({ path }) => path).sort()).toEqual(
      [...files.keys()].filter((path) => path !== 'manifest.json').sort(),
    )
    for (const { path, bytes: size, sha256 } of manifest.files) {
      const held = files.get(path) ?? Buffer.alloc(0)
      expect([held.length, createHash('sha256').update(held).digest('hex')], path).toEqual([size, sha256])
    }
    const all = [...files.values()].map(String).join('\n')
    for (const words of ['mine in the pair', 'mine <b>in the group</b>', 'about alice', bob.username])
      expect(all).toContain(words)
    expect(all).not.toContain('the secret of bob')
    expect(all).not.toContain('passwordHash')
    expect(files.has(`media/${id}.jpg`)).toBe(true)
    expect(String(files.get('index.html'))).not.toContain('<script>')
  })

  test('[EXP-2] [EXP-3] one at a time; what is given up ends, and the next one is whole', async () => {
    const { url } = world.server
    const { alice } = await world.accounts('alice')
    const pair = await groupOf(alice)
    // Larger than what the connection holds back by itself.
    for (const seed of [1, 2]) {
      const { id } = await uploaded(url, alice, Buffer.alloc(6_000_000, seed), 'file', 'large.bin')
      await alice.does('sendMessage', mediaTo(pair, 'file', id))
    }
    await alice.does('prove', { password: alice.password })
    const stop = new AbortController()
    const first = await fetchExport(url, alice, stop.signal)
    expect(first.status).toBe(200)
    const second = await fetchExport(url, alice)
    expect([second.status, ((await second.json()) as { code: string }).code]).toEqual([409, 'EXPORT_RUNNING'])
    stop.abort()
    await expect(first.arrayBuffer()).rejects.toThrow()
    let again = await fetchExport(url, alice)
    // The end of the first one is heard in a moment.
    for (let tries = 0; again.status === 409 && tries < 200; tries += 1) again = await fetchExport(url, alice)
    const files = unzipped(Buffer.from(await again.arrayBuffer()))
    expect([...files.keys()].filter((path) => path.startsWith('media/'))).toHaveLength(2)
  })
})
