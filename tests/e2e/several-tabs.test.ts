// Several tabs of one person in one browser: the same everywhere, and a tab that leads may go at any time.
import type { BrowserPerson } from '../kit/page.ts'
import { arrives, expect, test } from '../kit/page.ts'

/** The texts of a conversation's bubbles that hold a number, in order. */
async function numbersOf(tab: BrowserPerson, word: string): Promise<string[]> {
  const texts = await tab.page.getByRole('log').getByRole('article').allInnerTexts()
  return texts.map((text) => new RegExp(`${word} (\\d+)`).exec(text)?.[1] ?? '').filter(Boolean)
}

const range = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1))

test('[TAB-1] two tabs show the same order and unread; what the second one writes arrives once', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  await alice.says('From the first tab')
  const second = await alice.inAnotherTab()
  await second.opens('Bob Traore')
  await second.sees('From the first tab')
  await second.says('From the second tab')
  await alice.sees('From the second tab')
  await bob.opens('Alice Martin')
  await bob.sees('From the second tab')
  await expect(second.bubble('From the second tab').getByRole('img', { name: 'Read' })).toBeVisible()

  for (const tab of [alice, second]) await tab.page.goto(`${server.url}/`)
  for (const number of [1, 2, 3]) await bob.says(`Number ${number}`)
  for (const tab of [alice, second]) await expect(tab.row('Bob Traore')).toContainText('3 unread')
  await second.opens('Bob Traore')
  for (const tab of [alice, second]) await expect(tab.row('Bob Traore')).not.toContainText('unread')
})

for (const end of ['closed', 'crashed'] as const)
  test(`[TAB-3] [OUT-1] [P2] the tab that leads is ${end} while both write: nothing lost, nothing twice, in order`, async ({
    browser,
    server,
  }) => {
    const alice = await arrives(browser, server, 'Alice Martin')
    const bob = await arrives(browser, server, 'Bob Traore')
    await alice.writesTo(bob)
    await alice.says('Number 1')
    const second = await alice.inAnotherTab()
    const third = await alice.inAnotherTab()
    for (const tab of [second, third]) {
      await tab.opens('Bob Traore')
      await tab.sees('Number 1')
    }
    // What a tab shows has its place in the outbox: before that there is no order between two tabs.
    for (const number of [2, 3, 4]) await second.says(`Number ${number}`)
    await second.sees('Number 4')
    for (const number of [5, 6]) await alice.says(`Number ${number}`)
    await alice.sees('Number 6')
    for (const number of [7, 8]) await second.says(`Number ${number}`)
    await second.sees('Number 8')
    if (end === 'closed') await alice.page.close()
    else {
      const session = await alice.context.newCDPSession(alice.page)
      // It never answers.
      session.send('Page.crash').catch(() => undefined)
      await alice.page.waitForEvent('crash')
    }
    for (const number of [9, 10, 11]) await second.says(`Number ${number}`)
    await bob.opens('Alice Martin')
    await bob.sees('Number 11')
    await third.sees('Number 11')
    await bob.says('Number 12')
    for (const tab of [bob, second, third]) {
      await tab.sees('Number 12')
      expect(await numbersOf(tab, 'Number')).toEqual(range(12))
    }
  })

test('[TAB-2] [OUT-1] written without a network in a second tab, whose first one is closed: sent once, in order', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  await alice.says('Number 1')
  const second = await alice.inAnotherTab()
  await second.opens('Bob Traore')
  await second.sees('Number 1')
  await alice.context.setOffline(true)
  await second.says('Number 2')
  await second.sees('Number 2')
  await alice.says('Number 3')
  await alice.sees('Number 3')
  await second.says('Number 4')
  for (const tab of [alice, second]) {
    await tab.sees('Number 4')
    await expect(tab.bubble('Number 4').getByRole('img', { name: 'Waiting' })).toBeVisible()
  }
  await alice.page.close()
  await second.says('Number 5')
  await second.context.setOffline(false)
  await bob.opens('Alice Martin')
  await bob.sees('Number 5', 40_000)
  expect(await numbersOf(bob, 'Number')).toEqual(range(5))
  expect(await numbersOf(second, 'Number')).toEqual(range(5))
})

test('[TAB-4] [SEC-31] signing in and out in one tab is for all of them', async ({ browser, server }) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  await alice.says('Number 1')
  const second = await alice.inAnotherTab()
  await second.page.goto(`${server.url}/settings`)
  await second.page.getByRole('button', { name: 'Sign out' }).first().click()
  for (const tab of [second, alice])
    await expect(tab.page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  const databases = () => indexedDB.databases().then((all) => all.map(({ name }) => name))
  await expect.poll(() => second.page.evaluate(databases)).toEqual([])
  expect(await alice.page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain(alice.username)

  await second.page.goto(`${server.url}/sign-in`)
  await second.page.getByLabel('Username').fill(alice.username)
  await second.page.getByLabel('Password', { exact: true }).fill(alice.password)
  await second.page.getByRole('button', { name: 'Sign in' }).click()
  for (const tab of [second, alice]) await expect(tab.row('Bob Traore')).toBeVisible()
})
