// What one says besides words, and not now: a note to oneself, a poll with its votes and its end, a message for later.
import { expectNoBarrier } from './looks.ts'
import { arrives, expect, test } from '../kit/page.ts'

test('[NOTE-1] [POLL-2] [SCH-1] one notes something, asks in a poll, and sends later', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  const { page } = alice

  // One finds one's notes before there are any; nobody else is there, and they are read.
  await page.getByRole('searchbox', { name: 'Search' }).fill('notes')
  await page.getByRole('button', { name: /^Notes/ }).click()
  await alice.says('Flour, ten kilos')
  await expect(alice.row('Notes')).toContainText('Flour')
  await expect(page.getByRole('log').getByLabel('Read', { exact: true })).toHaveCount(1)

  // A poll: asked, voted in by both, looked at, ended.
  await alice.makesGroup('Street party', [bob])
  await page.getByRole('button', { name: 'Attach' }).click()
  await page.getByRole('menuitem', { name: 'Poll' }).click()
  const editor = page.getByRole('dialog', { name: 'New poll' })
  await editor.getByLabel('Question').fill('When do we meet?')
  await editor.getByLabel('Option 1').fill('Friday')
  await editor.getByLabel('Option 2').fill('Saturday')
  await expectNoBarrier(page)
  await editor.getByRole('button', { name: 'Send the poll' }).click()
  await expect(editor).toHaveCount(0)
  await bob.opens('Street party')
  await bob.page.getByRole('button', { name: 'Saturday, 0 votes' }).click()
  await page.getByRole('button', { name: 'Saturday, 1 vote', exact: true }).click()
  await expect(bob.page.getByRole('button', { name: 'Saturday, 2 votes' })).toHaveAttribute(
    'aria-pressed',
    'true',
  )
  await page.getByRole('button', { name: 'See who voted' }).click()
  await expect(page.getByRole('dialog', { name: 'When do we meet?' })).toContainText('Bob Traore')
  await expectNoBarrier(page)
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  await page.getByRole('button', { name: 'End the poll' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'End the poll' }).click()
  await expect(bob.page.getByText('This poll has ended')).toBeVisible()

  // Later: it waits above the composer, on the server, until it goes.
  await page.getByRole('textbox', { name: 'Write a message' }).fill('The key is under the pot')
  await page.getByRole('button', { name: 'Attach' }).click()
  await page.getByRole('menuitem', { name: 'Send later…' }).click()
  await expectNoBarrier(page)
  await page
    .getByRole('dialog', { name: 'Send later' })
    .getByRole('button', { name: 'Send at this time' })
    .click()
  await page.getByRole('button', { name: '1 message to be sent later' }).click()
  await expectNoBarrier(page)
  await page.getByRole('dialog').getByRole('button', { name: 'Send now' }).click()
  await bob.sees('The key is under the pot')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})
