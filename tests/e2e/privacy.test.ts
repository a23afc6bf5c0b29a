// Deciding about others, as a person does it: who may write first, a request that is answered, somebody who is blocked.
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { arrives, expect, test } from '../kit/page.ts'

async function expectNoBarrier(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
}

test('[REQ-4] [BLK-5] a stranger asks first, is answered, and blocked later', async ({ browser, server }) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  const { page } = alice
  await page.goto(`${server.url}/settings/privacy`)
  await page.getByRole('combobox', { name: /^Write to me first/ }).selectOption('My contacts')
  await expect(page.getByText('You have blocked nobody.', { exact: false })).toBeVisible()
  await expectNoBarrier(page)

  await bob.writesTo(alice)
  await bob.says('Do you remember me?')
  await page.goto(server.url)
  await page.getByRole('button', { name: /^Message requests/ }).click()
  await alice.row('Bob Traore').click()
  const bar = page.getByRole('region', { name: 'Message request' })
  await expect(bar).toContainText(`@${bob.username}`)
  await expect(page.getByRole('textbox', { name: 'Write a message' })).toHaveCount(0)
  await expectNoBarrier(page)
  await bar.getByRole('button', { name: 'Accept' }).click()
  await expect(page.getByRole('textbox', { name: 'Write a message' })).toBeVisible()

  await page.goto(server.url)
  await alice.row('Bob Traore').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Block…' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Block' }).click()
  await bob.says('You never see this')
  await alice.row('Bob Traore').click()
  await expect(page.getByRole('region', { name: 'Blocked' })).toBeVisible()
  await page.goto(`${server.url}/settings/privacy`)
  await page.getByRole('button', { name: 'Unblock Bob Traore' }).click()
  await bob.says('But this')
  await page.goto(server.url)
  await alice.opens('Bob Traore')
  await alice.sees('But this')
  await expect(alice.bubble('You never see this')).toHaveCount(0)
})
