// The keys that lie over the whole page: the switcher and the sheet come and go, and what one types goes on where it was.
import { register } from '../kit/people.ts'
import { arrives, expect, test } from '../kit/page.ts'

test('the switcher and the sheet of keys, and writing goes on where it was', async ({ browser, server }) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const { page } = alice
  const { keyboard } = page
  const bruno = await register(server.url, 'Bruno')
  const found = await bruno.does('findUsers', { query: alice.username })
  await bruno.does('createConversation', { kind: 'direct', userId: found.users[0]!.id })
  await alice.opens('Bruno')
  const composer = page.getByRole('textbox', { name: 'Write a message' })
  await expect(composer).toBeFocused()

  // Twice, and without waiting for anything in between: the second time its words are there already.
  for (const written of ['Why', 'Why not?']) {
    await keyboard.press('Control+k')
    await expect(page.getByRole('combobox')).toBeFocused()
    await keyboard.press('Escape')
    await keyboard.type(written.slice((await composer.inputValue()).length))
    await expect(composer).toHaveValue(written)
    await expect(page.getByRole('dialog')).toHaveCount(0)
  }

  // What one writes is no shortcut; elsewhere it is.
  await keyboard.press('F6')
  await keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(sheet).toContainText('Next unread chat')
  await keyboard.press('Control+k')
  await expect(sheet).toHaveCount(0)
  await expect(page.getByRole('combobox')).toBeFocused()
  await keyboard.type('bru')
  await expect(page.getByRole('option').first()).toContainText('Bruno')
  await keyboard.press('Control+a')
  await keyboard.type('switch dark')
  await expect(page.getByRole('option')).toHaveCount(1)
  await keyboard.press('Enter')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
})
