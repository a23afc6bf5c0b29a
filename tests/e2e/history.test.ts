// The seal in a conversation's info: verified when all is here, and what a damaged cache was mended by.
import { arrives, expect, test } from '../kit/page.ts'

test('[DIG-4] the info says that the history is verified, or how much of it was recovered', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  for (const text of ['The first one', 'The second one', 'The third one']) await alice.says(text)
  await bob.opens('Alice Martin')
  await bob.sees('The third one')

  const { page } = bob
  const conversation = page.url()
  const seal = page.getByRole('status').filter({ hasText: /History|recovered/ })
  const info = `${conversation}/info`
  await page.goto(info)
  await expect(seal).toContainText('History verified')
  await expect(seal).toContainText(/Checked at \d/)

  // As a bad disk does it: one message is gone, one is as it was before a change.
  await page.goto(`${server.url}/healthz`)
  await page.evaluate(damageCache)
  await page.goto(info)
  await expect(seal).toContainText('2 messages recovered')
  await page.goto(conversation)
  for (const text of ['The first one', 'The second one', 'The third one']) await bob.sees(text)
  await expect(page.getByRole('article')).toHaveCount(3)
})

/** Runs in the page. */
async function damageCache(): Promise<void> {
  const [found] = await indexedDB.databases()
  const opened = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(found?.name ?? '')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(new Error('no cache'))
  })
  const writing = opened.transaction('messages', 'readwrite')
  const messages = writing.objectStore('messages')
  const all = await new Promise<{ conversationId: string; seq: number; rev: number }[]>((resolve) => {
    const request = messages.getAll()
    request.onsuccess = () => resolve(request.result)
  })
  const [, , second, third] = all
  if (!second || !third) throw new Error(`only ${all.length} messages in the cache`)
  messages.delete([second.conversationId, second.seq])
  messages.put({ ...third, rev: third.rev - 1 })
  await new Promise((resolve) => (writing.oncomplete = resolve))
  opened.close()
}
