// An upload outlives the server that took its first part.
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { directOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { beginUpload, fetchMedia, mediaTo, offsetOf, sendPart, sha256Of } from '../kit/upload.ts'
import { useProcessWorld } from '../kit/world.ts'

onEachStore('media of a server that dies, on %s', { only: ['sqlite'] }, (store) => {
  const world = useProcessWorld(store, { MEDIA_FREE_BYTES: '0' })

  test('[MED-1] [P1] an upload goes on after kill -9, and what was sent is what is fetched', async () => {
    const { server } = world
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const bytes = randomBytes(3_000_000)
    const { id } = await beginUpload(server.url, alice, { bytes: bytes.length, purpose: 'file' })
    await sendPart(server.url, alice, id, 0, bytes.subarray(0, 1_000_000))
    await server.kill()
    await server.restart()
    expect(await offsetOf(server.url, alice, id)).toBe(1_000_000)
    expect((await sendPart(server.url, alice, id, 1_000_000, bytes.subarray(1_000_000))).status).toBe(204)
    await alice.does('sendMessage', mediaTo(conversationId, 'file', id))
    const fetched = await fetchMedia(server.url, bob, id)
    expect(sha256Of(fetched.bytes)).toBe(sha256Of(bytes))
  })
})
