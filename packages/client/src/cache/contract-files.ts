// The part of the caches' contract that speaks of files: they are kept with the entry that waits for them, and go
// with it (OUT-6). Plain assertions, as in `contract.ts`.
import type { ConversationId, MediaId, MessageId, UserId } from '@palabre/protocol'
import type { Cache, OutboxEntry } from './port.ts'

/** As in `contract.ts`, which has these too. */
interface FilesCase {
  readonly name: string
  run(open: (userId: UserId) => Promise<Cache>, userId: UserId): Promise<void>
}

const id = '0190eeee-0000-7000-8000-000000000001'

function entry(names: readonly string[]): Omit<OutboxEntry, 'order'> {
  const conversationId = id as ConversationId
  return {
    conversationId,
    messageId: id as MessageId,
    operation: {
      name: 'sendMessage',
      input: { conversationId, id, kind: 'file', body: { mediaId: id }, sentAt: 1 },
    },
    queuedAt: 1,
    wasAttempted: false,
    failed: null,
    uploads: names.map((name) => ({
      id: id as MediaId,
      purpose: 'file',
      name,
      bytes: name.length,
      contentType: 'text/plain',
      url: null,
      isDone: false,
    })),
  }
}

const files = (...names: string[]) => names.map((name) => new Blob([name], { type: 'text/plain' }))

function same(actual: unknown, expected: unknown, what: string): void {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (a !== e) throw new Error(`${what}: expected ${e}, got ${a}`)
}

export const filesContract: readonly FilesCase[] = [
  {
    name: '[OUT-6] the files of an entry survive opening again, and altering the entry, byte by byte',
    async run(open, userId) {
      const cache = await open(userId)
      const order = await cache.addEntry(entry(['one', 'poster']), 5, files('one', 'poster'))
      const other = await cache.addEntry(entry(['two']), 5, files('two'))
      await cache.close()
      const again = await open(userId)
      const held = (await again.read()).outbox.find((one) => one.order === order)
      await again.putEntry({ ...entry(['one', 'poster']), order, wasAttempted: true })
      const texts = async (at: number, count: number) =>
        await Promise.all(
          Array.from({ length: count }, async (_, index) => (await again.file(at, index))?.text() ?? null),
        )
      same(held?.uploads?.length, 2, 'what is told of them')
      same(await texts(order, 3), ['one', 'poster', null], 'the first')
      same(await texts(other, 1), ['two'], 'the second')
      same(await again.file(other + 1, 0), null, 'of no entry')
      await again.putEntry({ ...entry(['new']), order: other }, files('new'))
      same(await texts(other, 1), ['new'], 'others given')
      await again.close()
    },
  },
  {
    name: '[OUT-6] the files of an entry go with it, however it goes, and no others',
    async run(open, userId) {
      const cache = await open(userId)
      const orders = []
      for (const name of ['a', 'b', 'c']) orders.push(await cache.addEntry(entry([name]), 1, files(name)))
      const [a = 0, b = 0, c = 0] = orders
      await cache.removeEntry(a)
      await cache.write({ removeEntries: [b] })
      same(await cache.file(a, 0), null, 'removed')
      same(await cache.file(b, 0), null, 'removed with data')
      same(await (await cache.file(c, 0))?.text(), 'c', 'the one that waits')
      await cache.write({ clear: true })
      same(await (await cache.file(c, 0))?.text(), 'c', 'another epoch')
      await cache.destroy()
      const again = await open(userId)
      same(await again.file(c, 0), null, 'destroyed')
      await again.close()
    },
  },
]
