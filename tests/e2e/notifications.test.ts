// What a device shows while nobody looks at it, and what a person does there. This Chromium reaches no push service: what
// one would bring is handed to the service worker by the browser's own tools, decrypted.
import type { Worker } from '@playwright/test'
import type { ConversationId, MessageId, PushNote } from '@palabre/protocol'
import { expectNoBarrier } from './looks.ts'
import { arrives, expect, test, type BrowserPerson } from '../kit/page.ts'

interface Shown {
  title: string
  body: string
  tag: string
}

/** What the tests use of a service worker's global object, which the page's types do not know. */
interface Scope {
  registration: { getNotifications(filter?: { tag: string }): Promise<Notification[]> }
  dispatchEvent(event: Event): boolean
}

/** Once it has the whole app, and runs. */
async function workerOf({ context, page }: BrowserPerson): Promise<Worker> {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  return context.serviceWorkers()[0] ?? context.waitForEvent('serviceworker')
}

/** All that the device shows. */
const shownBy = (worker: Worker): Promise<Shown[]> =>
  worker.evaluate(async () => {
    const shown = await (self as unknown as Scope).registration.getNotifications()
    return shown.map(({ title, body, tag }) => ({ title, body, tag }))
  })

/** Hands the worker an event, as the browser does, and waits until it has done what it began. */
const happens = (
  worker: Worker,
  what: { note: PushNote } | { tag: string; action: string; reply?: string },
): Promise<void> =>
  worker.evaluate(async (given) => {
    const scope = self as unknown as Scope
    const begun: Promise<unknown>[] = []
    const begins = { value: (promise: Promise<unknown>) => void begun.push(promise) }
    const made = new Event('note' in given ? 'push' : 'notificationclick')
    // The browser's own events cannot be made by hand: one with the same fields does.
    if ('note' in given) Object.defineProperty(made, 'data', { value: { json: () => given.note } })
    else {
      const [notification] = await scope.registration.getNotifications({ tag: given.tag })
      if (notification === undefined) throw new Error('it is not shown')
      for (const [name, value] of Object.entries({ ...given, notification }))
        Object.defineProperty(made, name, { value })
    }
    Object.defineProperty(made, 'waitUntil', begins)
    scope.dispatchEvent(made)
    await Promise.all(begun)
  }, what)

test('[PUSH-8] what is pushed is one notification, is answered there, and goes when it was read elsewhere', async ({
  browser,
  server,
}) => {
  const [alice, bob] = await Promise.all([arrives(browser, server, 'Alice'), arrives(browser, server, 'Bob')])
  await alice.context.grantPermissions(['notifications'], { origin: server.url })
  await bob.writesTo(alice)
  await bob.says('hello')
  await alice.opens('Bob')
  await alice.sees('hello')
  const conversationId = (alice.page.url().split('/').at(-1) ?? '') as ConversationId
  const worker = await workerOf(alice)
  const push = (pushed: PushNote) => happens(worker, { note: pushed })
  const note = (seq: number, unread: number, text: string | null): PushNote => ({
    is: 'message',
    conversationId,
    messageId: '01890000-0000-7000-8000-000000000001' as MessageId,
    seq,
    unread,
    sender: 'Bob',
    title: null,
    text,
    kind: 'text',
    language: 'en',
  })

  // Before somebody's eyes: nothing is shown. Then the page goes, and only the worker is left.
  await push(note(2, 1, 'not shown'))
  expect(await shownBy(worker)).toEqual([])
  await alice.page.goto('about:blank')
  await push(note(3, 2, 'Are you there?'))
  expect(await shownBy(worker)).toEqual([{ title: 'Bob (2)', body: 'Are you there?', tag: conversationId }])
  await push(note(4, 3, 'Hello?'))
  await push(note(4, 3, 'the same once more'))
  expect(await shownBy(worker)).toEqual([
    { title: 'Bob (3)', body: 'Are you there?\nHello?', tag: conversationId },
  ])
  await push({ is: 'read', conversationId, seq: 4, unread: 0 })
  expect(await shownBy(worker)).toEqual([])

  // Answered in the notification: it is sent without a page.
  await push(note(5, 1, 'And now?'))
  expect(await shownBy(worker)).toHaveLength(1)
  await happens(worker, { tag: conversationId, action: 'reply', reply: 'answered from the lock screen' })
  await bob.sees('answered from the lock screen')

  // Without a server it is kept, which is said, and goes out with the next start, once.
  await push(note(9, 1, 'Still there?'))
  expect(await shownBy(worker)).toHaveLength(1)
  await server.kill()
  await happens(worker, { tag: conversationId, action: 'reply', reply: 'written without a network' })
  expect(await shownBy(worker)).toMatchObject([{ title: 'Your answer is not sent yet' }])
  await server.restart()
  await alice.page.goto(`${server.url}/c/${conversationId}`)
  await alice.sees('written without a network', 45_000)
  await bob.sees('written without a network', 45_000)
})

test('[PUSH-7] one turns notifications on, says how much they show, and sees where the way stops', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice')
  const { page } = alice
  await alice.context.grantPermissions(['notifications'], { origin: server.url })
  await page.goto(`${server.url}/settings/notifications`)
  await page.getByRole('switch', { name: 'Notifications' }).click()
  await expect(page.getByText('could not be reached')).toBeVisible()
  await expect(page.getByRole('radio', { name: 'Only who wrote' })).toBeChecked()
  await page.getByRole('radio', { name: 'Neither' }).check({ force: true })
  await page.getByRole('button', { name: 'Test my notifications' }).click()
  await page.getByRole('button', { name: 'Test again' }).click()
  await expect(
    page.getByText('It stops at this step: “The browser’s push service knows this device”'),
  ).toBeVisible()
  await expect(
    page.getByRole('listitem').filter({ hasText: 'Palabre runs in the background' }),
  ).toContainText('Works')
  await expectNoBarrier(page)
  await page.reload()
  await expect(page.getByRole('radio', { name: 'Neither' })).toBeChecked()
})
