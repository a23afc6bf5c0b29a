// The operator in a browser: finds somebody, puts them out after saying the password, sees it in the record; and somebody who
// takes their data along and then goes.
import { readFile } from 'node:fs/promises'
import { expectNoBarrier, shot } from './looks.ts'
import { arrives, expect, onOwnServer } from '../kit/page.ts'

const test = onOwnServer()

test('[OPS-1] [OPS-2] [EXP-1] [ERASE-1] an operator at work, and somebody who goes', async ({
  browser,
  server,
}) => {
  test.setTimeout(120_000)
  const olga = await arrives(browser, server, 'Olga Petit')
  const bob = await arrives(browser, server, 'Bob Traore')
  await bob.writesTo(olga)
  await bob.says('Hello Olga')
  const { page } = olga

  await page.goto(`${server.url}/settings`)
  await page.getByRole('link', { name: /Running the server/ }).click()
  await expect(page.getByRole('heading', { name: 'Running the server' })).toBeVisible()
  await page.getByLabel('Find somebody').fill('bob')
  await expect(page.getByText('Olga Petit')).toHaveCount(0)
  await expectNoBarrier(page)
  await shot(page, 'console-people')
  await page.getByRole('button', { name: 'What to do with Bob Traore' }).click()
  await page.getByRole('menuitem', { name: 'Suspend' }).click()
  await page.getByRole('button', { name: 'Suspend' }).click()
  // The password was said a moment ago, at the door: it is not asked for again.
  await expect(page.getByText('Suspended', { exact: true })).toBeVisible()
  await expect(bob.page).toHaveURL(/sign-in/)
  await page.getByRole('button', { name: 'What to do with Bob Traore' }).click()
  await page.getByRole('menuitem', { name: 'Let in again' }).click()
  await expect(page.getByText('Suspended', { exact: true })).toHaveCount(0)
  for (const [name, title] of [
    ['groups', 'Groups'],
    ['storage', 'Room'],
    ['health', 'Health'],
    ['record', 'Record'],
  ] as const) {
    await page.getByRole('link', { name: title, exact: true }).click()
    await expect(page.getByLabel('Loading')).toHaveCount(0)
    await expectNoBarrier(page)
    await shot(page, `console-${name}`)
  }
  await expect(page.getByText('Let in again:')).toBeVisible()

  // Bob comes back, takes his data along, and goes; then he stays after all.
  await bob.page.getByLabel('Username').fill(bob.username)
  await bob.page.getByLabel('Password', { exact: true }).fill(bob.password)
  await bob.page.getByRole('button', { name: 'Sign in' }).click()
  await expect(bob.row('Olga Petit')).toBeVisible()
  await bob.page.goto(`${server.url}/settings/data`)
  await expectNoBarrier(bob.page)
  await shot(bob.page, 'data')
  const coming = bob.page.waitForEvent('download')
  await bob.page.getByRole('button', { name: 'Download my data…' }).click()
  const zip = await readFile(await (await coming).path())
  expect(zip.subarray(0, 2).toString('latin1')).toBe('PK')
  expect(zip.includes('manifest.json')).toBe(true)
  await bob.page.getByRole('button', { name: 'Delete my account…' }).click()
  await bob.page.getByText('Erase them').click()
  await bob.page.getByLabel('Your password').fill(bob.password)
  await expectNoBarrier(bob.page)
  await shot(bob.page, 'delete')
  await bob.page.getByRole('button', { name: 'Delete my account', exact: true }).click()
  await expect(bob.page).toHaveURL(/sign-in/)
  await bob.page.getByLabel('Username').fill(bob.username)
  await bob.page.getByLabel('Password', { exact: true }).fill(bob.password)
  await bob.page.getByRole('button', { name: 'Sign in' }).click()
  await expect(bob.page.getByText('This account is about to be deleted')).toBeVisible()
  await expectNoBarrier(bob.page)
  await shot(bob.page, 'leaving')
  await bob.page.getByRole('button', { name: 'Keep my account and sign in' }).click()
  await expect(bob.row('Olga Petit')).toBeVisible()
})
