// A second device sees what the first one sent, before and after it joined; signing out wipes what it kept.
import { arrives, expect, test } from '../kit/page.ts'

test('[P4] a second device has the whole conversation and hears the first one', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  await alice.says('From my laptop')
  const phone = await alice.onAnotherDevice()
  await phone.opens('Bob Traore')
  await phone.sees('From my laptop')
  await phone.says('From my phone')
  await alice.sees('From my phone')
  await expect(alice.bubble('From my phone').getByRole('img', { name: 'Delivered' })).toBeVisible()

  await phone.page.goto(`${server.url}/settings/devices`)
  await phone.page.getByRole('button', { name: 'Sign out all other devices' }).click()
  await phone.page
    .getByRole('alertdialog')
    .or(phone.page.getByRole('dialog'))
    .getByRole('button', { name: 'Sign them out' })
    .click()
  await expect(alice.page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await expect(alice.page.getByText('This device was signed out')).toBeVisible()
})

test('[SEC-31] signing out wipes what the browser kept', async ({ browser, server }) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  await alice.says('A canary in the cache')
  await expect(
    alice.bubble('A canary in the cache').getByRole('img', { name: /Sent|Delivered/ }),
  ).toBeVisible()
  await alice.page.goto(`${server.url}/settings`)
  await alice.page.getByRole('button', { name: 'Sign out' }).first().click()
  await expect(alice.page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  const left = await alice.page.evaluate(async () => ({
    databases: (await indexedDB.databases()).map((one) => one.name),
    local: JSON.stringify({ ...localStorage }),
  }))
  expect(left.databases).toEqual([])
  expect(left.local).not.toContain('canary')
  expect(left.local).not.toContain(alice.username)
})
