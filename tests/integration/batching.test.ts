// Notices in batches: what changes often is told seldom, and as it is in the end.
import { expect, test } from 'vitest'
import { limits, type ConversationId, type EventData, type Notice } from '@palabre/protocol'
import { groupOf, send } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { eventually } from '../kit/wait.ts'
import type { WireSocket } from '../kit/wire.ts'
import { useWorld } from '../kit/world.ts'

const messages = 20

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  function batchesOf(socket: WireSocket): Notice[][] {
    return socket.heard
      .filter(({ name }) => name === 'notifications_batch')
      .map(({ data }) => data as EventData<'notifications_batch'>)
  }

  test('[REC-2] a burst of marks comes as few batches, in each the latest of every subject once', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const ids: ConversationId[] = []
    for (let i = 0; i < 3; i++) ids.push(await groupOf(alice, bob))
    let last = 0
    for (const id of ids) for (let i = 0; i < messages; i++) last = (await send(alice, id, 'hello')).seq
    const [sender, reader, other] = [await alice.socket(), await bob.socket(), await bob.socket()]
    for (const socket of [sender, reader, other]) await socket.ask('getMe', {})

    const marks: Promise<unknown>[] = []
    for (let seq = last - messages + 1; seq <= last; seq++) {
      for (const id of ids) marks.push(reader.ask('markRead', { conversationId: id, seq }))
    }
    await Promise.all(marks)

    const heard = (socket: WireSocket, event: Notice['event']) =>
      batchesOf(socket).flatMap((batch) => batch.filter((notice) => notice.event === event))
    const isLast = (notice: Notice, id: ConversationId) =>
      (notice.event === 'receipts' && notice.conversationId === id && notice.others.readSeq === last) ||
      (notice.event === 'marks' && notice.conversationId === id && notice.readSeq === last)
    for (const [socket, event] of [
      [sender, 'receipts'],
      [other, 'marks'],
    ] as const) {
      await eventually(
        () =>
          ids.every((id) => heard(socket, event).some((notice) => isLast(notice, id))) ? true : undefined,
        `the last ${event}`,
      )
      expect(heard(socket, event).length).toBeLessThan(marks.length / 2)
      for (const batch of batchesOf(socket)) {
        expect(batch.length).toBeLessThanOrEqual(limits.batchNotices)
        const subjects = batch.map((notice) =>
          JSON.stringify([notice.event, 'conversationId' in notice && notice.conversationId]),
        )
        expect(new Set(subjects).size).toBe(subjects.length)
      }
    }
    // Nothing older comes after the latest.
    for (const id of ids) {
      const read = heard(other, 'marks').flatMap((notice) =>
        notice.event === 'marks' && notice.conversationId === id ? [notice.readSeq] : [],
      )
      expect(read).toEqual(read.toSorted((a, b) => a - b))
    }
  })
})
