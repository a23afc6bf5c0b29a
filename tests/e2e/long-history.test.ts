// Ten thousand unread messages: the page opens at the newest, holds a few hundred nodes of them, nothing jumps while
// one scrolls back, and the first unread is a press away. So it is where the page opened from a cache that was behind.
import { v7 as uuidv7 } from 'uuid'
import { MessageId, type ConversationId } from '@palabre/protocol'
import { register, type Person } from '../kit/people.ts'
import { arrives, expect, test } from '../kit/page.ts'

const length = 10_000

type Socket = Awaited<ReturnType<Person['socket']>>

/** Sends messages number `from` to `to`, many at once. */
async function writes(
  socket: Socket,
  conversationId: ConversationId,
  from: number,
  to: number,
): Promise<void> {
  for (let first = from; first <= to; first += 250) {
    const numbers = Array.from({ length: Math.min(250, to - first + 1) }, (_, offset) => first + offset)
    await Promise.all(
      numbers.map((number) =>
        socket.ask('sendMessage', {
          conversationId,
          id: MessageId.parse(uuidv7()),
          kind: 'text',
          body: { text: `Message number ${number}.` },
          sentAt: Date.now(),
        }),
      ),
    )
  }
}

test('[SYNC-10] [TL-1] a history of ten thousand messages scrolls back without a jump', async ({
  browser,
  server,
}) => {
  test.setTimeout(180_000)
  const writer = await register(server.url, 'Writer')
  const alice = await arrives(browser, server, 'Alice Martin')
  const found = await writer.does('findUsers', { query: alice.username })
  const userId = found.users[0]!.id
  const { conversation } = await writer.does('createConversation', { kind: 'direct', userId })
  await writes(await writer.socket(), conversation.id, 1, length)

  await alice.page.reload()
  await alice.opens('Writer')
  const log = alice.page.getByRole('log')
  // The first unread is far back: it opens at the newest instead of waiting for ten thousand.
  await alice.sees(`Message number ${length}.`)
  await expect(alice.bubble(`Message number ${length}.`)).toBeInViewport()
  const toEnd = alice.page.getByRole('button', { name: /Go to the latest message/ })
  const toUnread = alice.page.getByRole('button', { name: 'Go to the first unread message' })
  await expect(toUnread).toBeVisible()
  const shown = () =>
    log.evaluate((box) => {
      const top = box.getBoundingClientRect().top
      const rows = [...box.querySelectorAll<HTMLElement>('[data-seq]')]
      const first = rows.find((row) => row.getBoundingClientRect().bottom > top)
      return { rows: rows.length, seq: Number(first?.dataset['seq']) }
    })

  let before = await shown()
  for (let step = 0; step < 40 && before.seq > length - 1_000; step++) {
    await log.hover()
    await alice.page.mouse.wheel(0, -2_500)
    await expect.poll(async () => (await shown()).seq).toBeLessThan(before.seq)
    const after = await shown()
    // A screen holds some twenty messages: one turn of the wheel never leaps over hundreds.
    expect(before.seq - after.seq).toBeLessThan(120)
    expect(after.rows).toBeLessThanOrEqual(300)
    before = after
  }
  expect(before.seq).toBeLessThanOrEqual(length - 1_000)
  await toEnd.click()
  await alice.sees(`Message number ${length}.`)

  await toUnread.click()
  await alice.sees('Message number 1.', 30_000)
  await expect(alice.bubble('Message number 1.')).toBeInViewport()
  await expect(log.getByText('10k new messages')).toBeVisible()
  await expect(toUnread).toBeHidden()
})

test('[REC-3] opened from a cache that was behind, the line counts what came since', async ({
  browser,
  server,
}) => {
  const writer = await register(server.url, 'Writer')
  const alice = await arrives(browser, server, 'Alice Martin')
  const found = await writer.does('findUsers', { query: alice.username })
  const { conversation } = await writer.does('createConversation', {
    kind: 'direct',
    userId: found.users[0]!.id,
  })
  const socket = await writer.socket()
  await writes(socket, conversation.id, 1, 400)
  await alice.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  // Two hundred are loaded at once, the first unread is behind them.
  await alice.page.reload()
  await expect(alice.page.getByRole('link', { name: /400 unread/ })).toBeVisible()
  await alice.page.context().setOffline(true)
  await writes(socket, conversation.id, 401, 450)
  await alice.page.reload()
  await alice.opens('Writer')
  await alice.sees('Message number 400.')
  const toUnread = alice.page.getByRole('button', { name: 'Go to the first unread message' })
  await expect(toUnread).toBeVisible()
  await alice.page.context().setOffline(false)
  await alice.sees('Message number 450.')
  await toUnread.click()
  await alice.sees('Message number 1.', 30_000)
  await expect(alice.page.getByRole('log').getByText('450 new messages')).toBeVisible()
})

test('[SYNC-10] what was drawn from a cache far behind gives way to the newest', async ({
  browser,
  server,
}) => {
  const writer = await register(server.url, 'Writer')
  const alice = await arrives(browser, server, 'Alice Martin')
  const found = await writer.does('findUsers', { query: alice.username })
  const userId = found.users[0]!.id
  const { conversation } = await writer.does('createConversation', { kind: 'direct', userId })
  const socket = await writer.socket()
  await writes(socket, conversation.id, 1, 40)
  await alice.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await alice.page.reload()
  await expect(alice.page.getByRole('link', { name: /40 unread/ })).toBeVisible()
  await alice.page.context().setOffline(true)
  await alice.page.reload()
  await alice.opens('Writer')
  await expect(alice.bubble('Message number 1.')).toBeInViewport()
  await writes(socket, conversation.id, 41, 1_500)
  await alice.page.context().setOffline(false)
  await expect(alice.bubble('Message number 1500.')).toBeInViewport()
  await expect(alice.page.getByRole('button', { name: 'Go to the first unread message' })).toBeVisible()
})
