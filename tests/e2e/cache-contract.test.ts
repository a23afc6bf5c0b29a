// IndexedDB keeps to the cache's contract, in a real Chromium: the contract and the adapter are bundled into
// an empty page on loopback, and every case runs there on a database of its own.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { build } from 'esbuild'
import { v7 } from 'uuid'
import { cacheContract, type CacheCase } from '../../packages/client/src/cache/contract.ts'
import type { Disk } from '../../packages/client/src/cache/kept.ts'

/** What the bundle leaves on the page. */
declare global {
  var cacheContract: readonly CacheCase[]
  var openIndexedDbCache: (userId: string, onLost?: () => void) => Promise<Disk>
}

const root = resolve(import.meta.dirname, '../..')
let server: Server
let url: string

test.beforeAll(async () => {
  const bundle = await build({
    stdin: {
      contents: `
        import { cacheContract } from './packages/client/src/cache/contract.ts'
        import { openIndexedDbCache } from './packages/client/src/cache/indexeddb.ts'
        Object.assign(globalThis, { cacheContract, openIndexedDbCache })`,
      resolveDir: root,
    },
    bundle: true,
    format: 'esm',
    write: false,
  })
  const script = bundle.outputFiles[0]?.text ?? ''
  server = createServer((request, response) => {
    const isScript = request.url === '/contract.js'
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(
      isScript ? script : '<!doctype html><title>cache</title><script type=module src=/contract.js></script>',
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})

test.afterAll(() => {
  server.close()
})

test.beforeEach(async ({ page }) => {
  await page.goto(url)
  await page.waitForFunction(() => globalThis.cacheContract !== undefined)
})

for (const { name } of cacheContract) {
  test(name, async ({ page }) => {
    const run = ([title, userId]: [string, string]) =>
      globalThis.cacheContract
        .find((one) => one.name === title)
        ?.run(globalThis.openIndexedDbCache, userId as Parameters<CacheCase['run']>[1])
    await page.evaluate<unknown, [string, string]>(run, [name, v7()])
  })
}

test('[OUT-1] what the outbox took survives a reload of the page', async ({ page }) => {
  const userId = v7()
  await page.evaluate(async (id) => {
    const cache = await globalThis.openIndexedDbCache(id)
    const entry = {
      order: 1,
      messageId: 'm',
      conversationId: 'c',
      queuedAt: 1,
      wasAttempted: false,
      failed: null,
    }
    await cache.putEntry({ ...entry, operation: { name: 'deleteMessage', input: {} } } as never)
  }, userId)
  await page.reload()
  await page.waitForFunction(() => globalThis.openIndexedDbCache !== undefined)
  const orders = await page.evaluate(
    async (id) => (await (await globalThis.openIndexedDbCache(id)).read()).outbox.map(({ order }) => order),
    userId,
  )
  expect(orders).toEqual([1])
})

test('[OUT-2] two tabs that write at once never get the same place', async ({ page, context }) => {
  const userId = v7()
  const other = await context.newPage()
  await other.goto(url)
  await other.waitForFunction(() => globalThis.openIndexedDbCache !== undefined)
  const add = async (id: string) => {
    const cache = await globalThis.openIndexedDbCache(id)
    const entry = { messageId: 'm', conversationId: 'c', queuedAt: 1, wasAttempted: false, failed: null }
    const operation = { name: 'deleteMessage', input: {} }
    return Promise.all(Array.from({ length: 50 }, () => cache.addEntry({ ...entry, operation } as never, 1)))
  }
  const orders = (await Promise.all([page.evaluate(add, userId), other.evaluate(add, userId)])).flat()
  expect(orders.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
})

test('[TL-1] old messages are dropped for room: the newest of each conversation stay, and all else', async ({
  page,
}) => {
  const left = await page.evaluate(async (id) => {
    const cache = await globalThis.openIndexedDbCache(id)
    const ids = ['a', 'b', 'empty']
    const messages = ids
      .slice(0, 2)
      .flatMap((conversationId, index) =>
        Array.from({ length: 30 }, (_, at) => ({ conversationId, seq: index * 100 + at + 1 })),
      )
    await cache.write({ conversations: ids.map((one) => ({ id: one, cursor: 9 })), messages } as never)
    await cache.putDraft('a' as never, 'kept')
    const floors = await cache.dropOldMessages(10)
    const seqs = async (one: string) =>
      (await cache.messages(one as never, null, 100)).map((message) => message.seq)
    const { conversations, drafts } = await cache.read()
    const [a, b] = [await seqs('a'), await seqs('b')]
    return {
      floors: [...floors],
      a: [a[0], a.length],
      b: [b[0], b.length],
      rest: [conversations.length, drafts.size],
    }
  }, v7())
  const floors = [
    ['a', 21],
    ['b', 121],
  ]
  expect(left).toEqual({ floors, a: [21, 10], b: [121, 10], rest: [3, 1] })
})

test('who has it open hears that it was taken away', async ({ page, context }) => {
  const userId = v7()
  const lost = page.evaluate(
    (id) => new Promise<string>((resolve) => void globalThis.openIndexedDbCache(id, () => resolve('lost'))),
    userId,
  )
  const other = await context.newPage()
  await other.goto(url)
  await other.waitForFunction(() => globalThis.openIndexedDbCache !== undefined)
  await expect
    .poll(() => other.evaluate(() => indexedDB.databases().then((all) => all.length)))
    .toBeGreaterThan(0)
  await other.evaluate(async (id) => (await globalThis.openIndexedDbCache(id)).destroy(), userId)
  expect(await lost).toBe('lost')
})

test('[SEC-31] a sign-out in one tab does not wait for another tab, and the name holds the user’s id', async ({
  page,
  context,
}) => {
  const userId = v7()
  await page.evaluate(async (id) => {
    await globalThis.openIndexedDbCache(id)
  }, userId)
  const other = await context.newPage()
  await other.goto(url)
  await other.waitForFunction(() => globalThis.openIndexedDbCache !== undefined)
  const names = () => indexedDB.databases().then((all) => all.map(({ name }) => name ?? ''))
  expect((await other.evaluate(names)).filter((name) => name.includes(userId))).toHaveLength(1)
  await other.evaluate(async (id) => (await globalThis.openIndexedDbCache(id)).destroy(), userId)
  expect((await other.evaluate(names)).filter((name) => name.includes(userId))).toHaveLength(0)
})
