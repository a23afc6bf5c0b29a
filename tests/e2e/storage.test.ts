// A browser whose storage refuses, fills up or is taken away: the app goes on, says that it keeps nothing, asks before
// unsent messages go with the page, and keeps everything as soon as it can. Each way of failing is put into a real
// browser: before the page, or in the middle of it.
import type { Page } from '@playwright/test'
import { arrives, expect, test, type BrowserPerson } from '../kit/page.ts'

/** What the page is given to fail with. */
declare global {
  var storageFault: 'none' | 'full' | 'aborts'
  var askedToPersist: number
}

const notice = (page: Page) =>
  page.getByText('Messages that you write are kept only while this page is open.')
const waits = (alice: BrowserPerson, text: string) =>
  expect(alice.bubble(text).getByRole('img', { name: 'Waiting' })).toBeVisible()

/** IndexedDB has no room, or aborts whatever would change it, from the moment on that the page is told so. */
function canFail(): void {
  globalThis.storageFault = 'none'
  for (const name of ['put', 'add'] as const) {
    const really = IDBObjectStore.prototype[name]
    IDBObjectStore.prototype[name] = function (this: IDBObjectStore, ...args: [unknown, IDBValidKey?]) {
      if (globalThis.storageFault === 'full') throw new DOMException('no room', 'QuotaExceededError')
      return really.apply(this, args)
    }
  }
  const begin = IDBDatabase.prototype.transaction
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...args) {
    const begun = begin.apply(this, args)
    if (globalThis.storageFault === 'aborts' && args[1] === 'readwrite') {
      begun.commit = () => undefined
      queueMicrotask(() => begun.abort())
    }
    return begun
  }
}

function isRefused(): void {
  IDBFactory.prototype.open = () => {
    throw new DOMException('not here', 'SecurityError')
  }
}

/** Tries to close the page, and answers whether it asked first. */
async function asksBeforeLeaving(page: Page): Promise<boolean> {
  const asked = page.waitForEvent('dialog').then(async (dialog) => {
    await dialog.dismiss()
    return dialog.type() === 'beforeunload'
  })
  await page.close({ runBeforeUnload: true })
  return asked
}

const databaseOf = (page: Page) =>
  page.evaluate(async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name ?? '')
    return names.find((name) => name.startsWith('palabre-')) ?? ''
  })

/** Places in the outbox, as the browser has them on its disk. */
const outboxOf = (page: Page) =>
  page.evaluate(async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name ?? '')
    const open = indexedDB.open(names.find((name) => name.startsWith('palabre-')) ?? '')
    await new Promise((resolve) => (open.onsuccess = resolve))
    const entries = open.result.transaction('outbox').objectStore('outbox').getAllKeys()
    await new Promise((resolve) => (entries.onsuccess = resolve))
    open.result.close()
    return entries.result.length
  })

async function talking(alice: BrowserPerson, bob: BrowserPerson): Promise<void> {
  await alice.writesTo(bob)
  await alice.says('Before all of it')
  await bob.opens('Alice Martin')
  await bob.sees('Before all of it')
  await alice.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
}

async function readsInOrder(bob: BrowserPerson, texts: string[]): Promise<void> {
  for (const text of texts) await bob.sees(text, 45_000)
  const all = await bob.page.getByRole('log').getByRole('article').allInnerTexts()
  const found = all
    .map((one) => texts.find((text) => one.includes(text)))
    .filter((text) => text !== undefined)
  expect(found).toEqual(texts)
}

test('[OUT-1] a browser that refuses storage: it works, says so, and asks before unsent messages go', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin', {}, isRefused)
  const bob = await arrives(browser, server, 'Bob Traore')
  await expect(notice(alice.page)).toBeVisible()
  await alice.writesTo(bob)
  await alice.says('Nothing is kept of this')
  await bob.opens('Alice Martin')
  await bob.sees('Nothing is kept of this')
  await alice.context.setOffline(true)
  await alice.says('Only in this page')
  await waits(alice, 'Only in this page')
  expect(await asksBeforeLeaving(alice.page)).toBe(true)
  await alice.context.setOffline(false)
  await bob.sees('Only in this page', 45_000)
  await expect(bob.row('Alice Martin')).toHaveCount(1)
})

test('[OUT-1] storage that fills up: said while it lasts, and kept as soon as there is room', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin', {}, canFail)
  const bob = await arrives(browser, server, 'Bob Traore')
  await talking(alice, bob)
  await expect(notice(alice.page)).toBeHidden()
  await alice.context.setOffline(true)
  await alice.page.evaluate(() => void (globalThis.storageFault = 'full'))
  await alice.says('Written without room')
  await expect(alice.page.getByText('This browser has no room left.')).toBeVisible()
  await waits(alice, 'Written without room')
  expect(await asksBeforeLeaving(alice.page)).toBe(true)

  await alice.page.evaluate(() => void (globalThis.storageFault = 'none'))
  await alice.says('Written with room again')
  await expect(notice(alice.page)).toBeHidden()
  await alice.page.reload()
  for (const text of ['Written without room', 'Written with room again']) await waits(alice, text)
  await alice.context.setOffline(false)
  await readsInOrder(bob, ['Before all of it', 'Written without room', 'Written with room again'])
})

test('[OUT-1] transactions that the browser aborts: the same, without knowing why', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin', {}, canFail)
  const bob = await arrives(browser, server, 'Bob Traore')
  await talking(alice, bob)
  await alice.context.setOffline(true)
  await alice.page.evaluate(() => void (globalThis.storageFault = 'aborts'))
  await alice.says('Aborted at first')
  await expect(notice(alice.page)).toBeVisible()
  await alice.page.evaluate(() => void (globalThis.storageFault = 'none'))
  await expect(notice(alice.page)).toBeHidden({ timeout: 45_000 })
  await alice.page.reload()
  await alice.sees('Before all of it')
  await waits(alice, 'Aborted at first')
  await alice.context.setOffline(false)
  await readsInOrder(bob, ['Before all of it', 'Aborted at first'])
})

test('[OUT-1] [SYNC-2] a database deleted under the page is written anew, messages and outbox', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await talking(alice, bob)
  await alice.context.setOffline(true)
  await alice.says('Before it was deleted')
  const name = await databaseOf(alice.page)
  await alice.page.evaluate((database) => {
    const request = indexedDB.deleteDatabase(database)
    return new Promise((resolve) => (request.onsuccess = resolve))
  }, name)
  await alice.says('After it was deleted')
  await expect.poll(() => databaseOf(alice.page)).toBe(name)
  await expect.poll(() => outboxOf(alice.page)).toBe(2)
  await expect(notice(alice.page)).toBeHidden()
  await alice.page.reload()
  await alice.sees('Before all of it')
  for (const text of ['Before it was deleted', 'After it was deleted']) await waits(alice, text)
  await alice.context.setOffline(false)
  await readsInOrder(bob, ['Before all of it', 'Before it was deleted', 'After it was deleted'])
})

test('a database of a newer layout: it goes on without it, and offers to reload', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await talking(alice, bob)
  const name = await databaseOf(alice.page)
  await alice.page.evaluate((database) => {
    const request = indexedDB.open(database, 99)
    return new Promise<void>((resolve) => {
      request.onsuccess = () => {
        request.result.close()
        resolve()
      }
    })
  }, name)
  await expect(alice.page.getByText('Palabre was updated in another tab.')).toBeVisible()
  await expect(alice.page.getByRole('button', { name: 'Reload' })).toBeVisible()
  await alice.says('On an older page')
  await bob.sees('On an older page')
})

test('the browser is asked once not to clear what is kept, at the first message', async ({
  browser,
  server,
}) => {
  const counts = () => {
    globalThis.askedToPersist = 0
    navigator.storage.persist = async () => {
      globalThis.askedToPersist++
      return true
    }
  }
  const asked = (page: Page) => page.evaluate(() => globalThis.askedToPersist)
  const alice = await arrives(browser, server, 'Alice Martin', {}, counts)
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.page.goto(`${server.url}/`)
  await expect(alice.page.getByRole('heading', { name: 'No chats yet' })).toBeVisible()
  expect(await asked(alice.page)).toBe(0)
  await alice.writesTo(bob)
  await alice.says('The first')
  await expect.poll(() => asked(alice.page)).toBe(1)
  await alice.page.reload()
  await alice.says('The second')
  await expect(alice.bubble('The second').getByRole('img', { name: 'Sent' })).toBeVisible()
  expect(await asked(alice.page)).toBe(0)
})
