// Three people in a group: names, unread, members who come and go.
import { arrives, expect, test } from '../kit/page.ts'

test('[MEM-2] a group of three talks, and who is removed hears no more', async ({ browser, server }) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  const chloe = await arrives(browser, server, 'Chloe Petit')
  await alice.makesGroup('Street party', [bob, chloe])
  await alice.says('Who brings tables?')
  for (const one of [bob, chloe]) {
    await one.opens('Street party')
    await one.sees('Who brings tables?')
  }
  await bob.says('I do, eight of them')
  await chloe.sees('I do, eight of them')
  await expect(chloe.page.getByRole('log')).toContainText('Bob Traore')
  await expect(alice.bubble('Who brings tables?').getByRole('img', { name: 'Read' })).toBeVisible()

  await alice.page
    .getByRole('button', { name: /Street party/ })
    .first()
    .click()
  await expect(alice.page.getByRole('heading', { name: 'Group info', exact: true })).toBeVisible()
  await alice.page.getByRole('button', { name: 'What to do with Bob Traore' }).click()
  await alice.page.getByRole('menuitem', { name: 'Remove from the group' }).click()
  await alice.page
    .getByRole('alertdialog')
    .or(alice.page.getByRole('dialog'))
    .getByRole('button', { name: 'Remove from the group' })
    .click()
  await expect(bob.row('Street party')).toHaveCount(0)
  await alice.page.goto(alice.page.url().replace(/\/info$/, ''))
  await alice.says('Only us two now')
  await chloe.sees('Only us two now')
  await expect(bob.page.locator('body')).not.toContainText('Only us two now')
})
