// Files as the SDK sends them: kept until they are acknowledged, brought up from where they were left whatever
// happens in between, in their place in the conversation, or taken back.
import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { ShownMessage } from '@palabre/client'
import type { ConversationId, Message, MessageId } from '@palabre/protocol'
import type { Device } from '../kit/device.ts'
import { groupOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { fetchMedia } from '../kit/upload.ts'
import { eventually, observed } from '../kit/wait.ts'
import { useProcessWorld, useWorld } from '../kit/world.ts'

const mega = 1_024 * 1_024
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const fileOf = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)], { type: 'application/octet-stream' })

function document(bytes: Uint8Array, text = '') {
  return { kind: 'file', bytes: fileOf(bytes), name: 'minutes.bin', text } as const
}

const shownOf = (device: Device, id: ConversationId): readonly ShownMessage[] =>
  device.client.messages.timeline(id).get().messages

function mediaOf(message: Message) {
  if (!('media' in message.body) || message.body.media === null) throw new Error('it shows nothing')
  return message.body.media
}

async function fetched(device: Device, message: Message): Promise<string> {
  const blob = await device.client.media.fetch(mediaOf(message).id)
  return sha256(new Uint8Array(await blob.arrayBuffer()))
}

const sees = (device: Device, id: ConversationId, messageId: MessageId) => device.sees(id, messageId)

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  test('[OUT-6] a small file keeps its place before the words that were written after it, and arrives byte by byte', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const id = await groupOf(alice, bob)
    const bytes = randomBytes(300_000)
    const { client } = alice.device
    await alice.device.joins(id)
    const sent = await client.messages.sendMedia(id, document(bytes, 'the minutes'))
    const [pending] = shownOf(alice.device, id).slice(-1)
    expect(pending).toMatchObject({
      isPending: true,
      message: { kind: 'file', body: { text: 'the minutes' } },
    })
    expect(pending && mediaOf(pending.message)).toMatchObject({ name: 'minutes.bin', bytes: bytes.length })
    await alice.device.writes('read them', id)
    await bob.device.reads(id, 'read them')
    const message = await sees(bob.device, id, sent)
    expect(message.seq).toBeLessThan((await bob.device.reads(id, 'read them')).seq)
    expect(mediaOf(message)).toMatchObject({ name: 'minutes.bin', bytes: bytes.length })
    expect(await fetched(bob.device, message)).toBe(sha256(bytes))
  })

  test('[OUT-6] cut off in the middle, and its engine started anew from the cache, an upload goes on where it was', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const id = await groupOf(alice, bob)
    const network = await world.network()
    const phone = await alice.opens({ network })
    await phone.joins(id)
    const bytes = randomBytes(40 * mega)
    network.slow(30)
    const before = network.traffic().sent
    const sent = await phone.client.messages.sendMedia(id, document(bytes))
    await eventually(
      () => (network.traffic().sent - before > 9 * mega ? true : undefined),
      'the first part is up',
    )
    network.cut()
    await phone.stop()
    await phone.start()
    const waiting = await phone.client.media.waiting(id, sent)
    expect(waiting?.size).toBe(bytes.length)
    network.heal()
    const message = await sees(bob.device, id, sent)
    expect(await fetched(bob.device, message)).toBe(sha256(bytes))
    // What was up was not sent again, but for the part that the cut went through.
    expect(network.traffic().sent - before).toBeLessThan(bytes.length * 1.5)
    await observed(phone.client.waiting, (count) => count === 0, 'nothing waits')
    expect(await phone.client.media.waiting(id, sent)).toBeNull()
  })

  test('[OUT-6] a large file lets words pass; taken back, it is never sent, and leaves nothing behind', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const id = await groupOf(alice, bob)
    const network = await world.network()
    const phone = await alice.opens({ network })
    await phone.joins(id)
    network.cut()
    const sent = await phone.client.messages.sendMedia(id, document(randomBytes(4 * mega)))
    const kept = await phone.client.messages.sendMedia(id, document(randomBytes(1_000)))
    await phone.writes('meanwhile', id)
    expect(await phone.client.media.cancel(id, sent)).toBe(true)
    expect(shownOf(phone, id).map(({ message }) => message.id)).not.toContain(sent)
    expect(await phone.client.media.waiting(id, sent)).toBeNull()
    network.heal()
    await sees(bob.device, id, kept)
    await bob.device.reads(id, 'meanwhile')
    const ids = (await bob.device.history(id)).map((message) => message.id)
    expect(ids).not.toContain(sent)
    // Sent is sent.
    expect(await phone.client.media.cancel(id, kept)).toBe(false)
  })
})

/** `PALABRE_UPLOAD_MB=300` sends a film; every run sends what has enough parts to lose one on each occasion. */
const filmBytes = Number(process.env['PALABRE_UPLOAD_MB'] ?? 24) * mega
const filmMs = 60_000 + filmBytes / 250

onEachStore('over everything that breaks on %s', { only: ['sqlite'] }, (store) => {
  const world = useProcessWorld(store)

  test(
    '[OUT-6] [MED-7] cut off, its engine started anew and its server killed, an upload arrives whole, for members alone',
    { timeout: 2 * filmMs },
    async () => {
      const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
      const id = await groupOf(alice, bob)
      const network = await world.network()
      const phone = await alice.opens({ network })
      await phone.joins(id)
      network.slow(30)
      const bytes = randomBytes(filmBytes)
      const before = network.traffic().sent
      const isUp = (share: number) =>
        eventually(
          () => (network.traffic().sent - before > bytes.length * share ? true : undefined),
          `${share} of it is up`,
          filmMs,
        )
      const sent = await phone.client.messages.sendMedia(id, document(bytes))
      await isUp(0.4)
      network.cut()
      await phone.stop()
      await phone.start()
      network.heal()
      await isUp(0.8)
      await world.server.kill()
      await world.server.restart()
      await phone.online()
      await bob.device.online()
      const message = await eventually(
        () => shownOf(bob.device, id).find((shown) => shown.message.id === sent)?.message,
        'it has arrived',
        filmMs,
      )
      expect(await fetched(bob.device, message)).toBe(sha256(bytes))

      const { url } = world.server
      const status = async (by: { token: string }) =>
        (await fetchMedia(url, by, mediaOf(message).id, { method: 'HEAD' })).status
      expect([await status(bob), await status(carol)]).toEqual([200, 404])
      await alice.does('removeMember', { conversationId: id, userId: bob.id })
      expect([await status(alice), await status(bob)]).toEqual([200, 404])
    },
  )
})
