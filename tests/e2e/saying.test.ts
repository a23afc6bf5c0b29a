// What one does with what was said: choose several and send them on, pin one for everybody, let new ones disappear.
import { arrives, expect, test } from '../kit/page.ts'

test('[FWD-1] [PIN-1] [DIS-1] messages are chosen and sent on, one is pinned, and new ones get an end', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.makesGroup('Street party', [bob])
  await alice.says('Tables at noon')
  await alice.says('Chairs at one')
  await bob.opens('Street party')
  await bob.sees('Chairs at one')

  // Select two, and send them on to the same conversation.
  await bob.bubble('Tables at noon').focus()
  await bob.page.keyboard.press('s')
  await bob.bubble('Chairs at one').click()
  const bar = bob.page.getByRole('toolbar', { name: 'What to do with the selected messages' })
  await expect(bar).toContainText('2 selected')
  await bar.getByRole('button', { name: 'Forward' }).click()
  const dialog = bob.page.getByRole('dialog', { name: 'Forward to…' })
  await dialog.getByRole('checkbox', { name: 'Street party' }).click()
  await dialog.getByRole('button', { name: 'Forward to 1 chat' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(alice.page.getByRole('log').getByText('Forwarded', { exact: true })).toHaveCount(2)

  // Pin: everybody sees it above the conversation, and a press goes there.
  await bob.bubble('Tables at noon').first().focus()
  await bob.page.keyboard.press('p')
  await bob.page.getByRole('dialog').getByRole('button', { name: 'Pin', exact: true }).click()
  const banner = alice.page.getByRole('button', { name: /Pinned message.*Tables at noon/ })
  await banner.click()
  await expect(alice.page.getByRole('log')).toContainText('Bob Traore pinned a message')

  // The timer, by an admin.
  await alice.page
    .getByRole('button', { name: /Street party/ })
    .first()
    .click()
  await alice.page.getByRole('button', { name: /Disappearing messages/ }).click()
  await alice.page.getByRole('dialog').getByText('24 hours').click()
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await expect(bob.page.getByRole('log')).toContainText('made new messages disappear after 24 hours')
})
