// IndexedDB keeps to the cache's contract, in a real Chromium: the contract and the adapter are bundled into
// an empty page on loopback, and every case runs there on a database of its own.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { build } from 'esbuild'
import { v7 } from 'uuid'
import { cacheContract, type CacheCase } from '../../packages/client/src/cache/contract.ts'
import type { Cache } from '../../packages/client/src/cache/port.ts'

/** What the bundle leaves on the page. */
declare global {
  var cacheContract: readonly CacheCase[]
  var openIndexedDbCache: (userId: string) => Promise<Cache>
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
