// Written offline, reloaded offline, sent once and in order; and a server that dies under an open page.
import { arrives, expect, test } from '../kit/page.ts'

test('[OUT-1] [OUT-2] messages written offline survive a reload and go out once, in order', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  await alice.says('Before the tunnel')
  await bob.opens('Alice Martin')
  await bob.sees('Before the tunnel')
  await alice.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))

  await alice.context.setOffline(true)
  for (const number of [1, 2, 3]) await alice.says(`From the tunnel ${number}`)
  await expect(alice.bubble('From the tunnel 3').getByRole('img', { name: 'Waiting' })).toBeVisible()
  await expect(alice.page.getByText('3 messages waiting')).toBeVisible()
  await alice.page.reload()
  for (const number of [1, 2, 3]) await alice.sees(`From the tunnel ${number}`)

  await alice.context.setOffline(false)
  for (const number of [1, 2, 3]) await bob.sees(`From the tunnel ${number}`)
  const texts = await bob.page.getByRole('log').getByRole('article').allInnerTexts()
  const numbers = texts.map((text) => /From the tunnel (\d)/.exec(text)?.[1]).filter(Boolean)
  expect(numbers).toEqual(['1', '2', '3'])
  await expect(alice.bubble('From the tunnel 3').getByRole('img', { name: 'Read' })).toBeVisible()
})

test('[P1] [P4] a server that is killed and comes back under two open pages loses nothing', async ({
  browser,
  server,
}) => {
  test.setTimeout(150_000)
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  await alice.says('While it lives')
  await bob.opens('Alice Martin')
  await bob.sees('While it lives')
  await server.kill()
  await alice.says('While it is down')
  await bob.says('From the other side')
  await server.restart()
  await alice.sees('From the other side', 60_000)
  await bob.sees('While it is down', 60_000)
  for (const one of [alice, bob]) {
    await one.page.reload()
    for (const text of ['While it lives', 'While it is down', 'From the other side']) await one.sees(text)
  }
})
