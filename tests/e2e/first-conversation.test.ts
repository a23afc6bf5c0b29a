// Two strangers find each other and talk: delivery, ticks, typing, presence, reply, edit, reaction, deletion.
import { arrives, expect, test } from '../kit/page.ts'

test('[P1] two people meet, talk, and see each other read and write', async ({ browser, server }) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  await alice.says('Hello Bob, are you there?')
  await alice.sees('Hello Bob')

  await expect(bob.row('Alice Martin')).toContainText('Hello Bob')
  await expect(bob.row('Alice Martin')).toContainText('1 unread')
  await expect(alice.bubble('Hello Bob').getByRole('img', { name: 'Delivered' })).toBeVisible()
  await bob.opens('Alice Martin')
  await bob.sees('Hello Bob')
  await expect(alice.bubble('Hello Bob').getByRole('img', { name: 'Read' })).toBeVisible()
  await expect(alice.page.getByRole('main').getByText('Online').first()).toBeVisible()

  const writing = bob.page.getByRole('textbox', { name: 'Write a message' })
  await writing.pressSequentially('I a')
  await expect(alice.page.getByText('writing…').first()).toBeVisible()
  await bob.says('I am here')
  await alice.sees('I am here')

  await bob.bubble('Hello Bob').click({ button: 'right' })
  await bob.page.getByRole('menuitem', { name: 'Reply' }).click()
  await bob.says('A reply to you')
  await expect(alice.bubble('A reply to you')).toContainText('Hello Bob')

  await alice.bubble('A reply to you').click({ button: 'right' })
  await alice.page
    .getByRole('button', { name: 'Heart' })
    .or(alice.page.getByRole('menuitem', { name: 'Heart' }))
    .or(alice.page.getByRole('menuitemradio', { name: 'Heart' }))
    .first()
    .click()
  await expect(bob.page.getByRole('log').getByRole('button', { name: /❤️/ })).toBeVisible()

  await bob.bubble('I am here').click({ button: 'right' })
  await bob.page.getByRole('menuitem', { name: 'Edit' }).click()
  await writing.fill('I am here now')
  await writing.press('Enter')
  await alice.sees('I am here now')
  await expect(alice.bubble('I am here now')).toContainText('edited')

  await bob.bubble('I am here now').click({ button: 'right' })
  await bob.page.getByRole('menuitem', { name: 'Delete' }).click()
  await bob.page
    .getByRole('dialog')
    .or(bob.page.getByRole('alertdialog'))
    .getByRole('button', { name: 'Delete for everyone' })
    .click()
  await expect(alice.page.getByRole('log').getByText('Message deleted')).toBeVisible()

  await alice.page.reload()
  await alice.sees('Hello Bob')
  await alice.sees('A reply to you')
  await expect(alice.page.getByRole('log').getByText('Message deleted')).toBeVisible()
})
