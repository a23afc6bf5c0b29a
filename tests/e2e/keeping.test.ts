// What one keeps for oneself, as a person does it: by right click on a desk, by a long press on a phone, on both devices.
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { arrives, expect, test, type BrowserPerson } from '../kit/page.ts'

const shots = process.env['SHOTS']
async function shot(page: Page, name: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png` })
}

async function expectNoBarrier(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
}

const menuOf = (person: BrowserPerson) => person.page.getByRole('menu')
const choose = (person: BrowserPerson, name: string | RegExp) =>
  menuOf(person).getByRole('menuitem', { name }).click()

test('[KEEP-2] pinned, muted, archived, starred, deleted: on the laptop and on the phone', async ({
  browser,
  server,
}) => {
  test.setTimeout(180_000)
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  const carol = await arrives(browser, server, 'Carol Diallo')
  await bob.writesTo(alice)
  for (const text of ['An awkward word', 'Worth keeping']) await bob.says(text)
  await carol.writesTo(alice)
  await carol.says('Hello from Carol')
  const { page } = alice
  await page.goto(server.url)
  await alice.row('Bob Traore').click({ button: 'right' })
  await expect(menuOf(alice).getByRole('menuitem').first()).toBeFocused()
  await expectNoBarrier(page)
  await shot(page, 'menu')
  await choose(alice, 'Pin')
  await expect(page.locator('[data-conversation]').first()).toContainText('Bob Traore')
  await alice.row('Carol Diallo').focus()
  await page.keyboard.press('Shift+F10')
  await choose(alice, 'Mute…')
  await shot(page, 'mute')
  await choose(alice, 'Always')
  await alice.row('Carol Diallo').click({ button: 'right' })
  await choose(alice, 'Archive')
  await expect(alice.row('Carol Diallo')).toHaveCount(0)
  await shot(page, 'archived')

  await alice.opens('Bob Traore')
  await alice.bubble('Worth keeping').click({ button: 'right' })
  await choose(alice, /^Star/)
  await expect(alice.bubble('Worth keeping').getByRole('img', { name: 'Starred' })).toBeVisible()
  await alice.bubble('An awkward word').click({ button: 'right' })
  await shot(page, 'message-menu')
  await choose(alice, /^Delete…/)
  await shot(page, 'delete-dialog')
  await page.getByRole('button', { name: 'Delete for me' }).click()
  await expect(alice.bubble('An awkward word')).toHaveCount(0)
  await page.getByRole('textbox', { name: 'Write a message' }).fill('Half a th')

  const phone = await alice.onAnotherDevice()
  await phone.page.setViewportSize({ width: 390, height: 844 })
  await expect(phone.page.locator('[data-conversation]').first()).toContainText('Half a th')
  await phone.page.getByRole('button', { name: /^Archived/ }).click()
  await expect(phone.row('Carol Diallo')).toBeVisible()
  await expectNoBarrier(phone.page)
  await shot(phone.page, 'phone-archive')
  await phone.row('Carol Diallo').click({ button: 'right' })
  await shot(phone.page, 'phone-sheet')
  await expectNoBarrier(phone.page)
  await choose(phone, 'Take out of the archive')
  await expect(page.locator('[data-conversation]')).toHaveCount(2)
  await phone.page.goto(`${server.url}/starred`)
  await expect(phone.page.getByRole('link', { name: /Worth keeping/ })).toBeVisible()
  await expectNoBarrier(phone.page)
  await shot(phone.page, 'phone-starred')
  await phone.page.getByRole('link', { name: /Worth keeping/ }).click()
  await expect(phone.page.getByRole('textbox', { name: 'Write a message' })).toHaveValue('Half a th')
  await expect(phone.bubble('An awkward word')).toHaveCount(0)
  await phone.page.getByRole('button', { name: 'Chat actions' }).click()
  await choose(phone, 'Delete the chat…')
  await shot(phone.page, 'phone-delete')
  await phone.page.getByRole('button', { name: 'Delete for me' }).click()
  await expect(page.locator('[data-conversation]')).toHaveCount(1)
  await expect(bob.bubble('An awkward word')).toBeVisible()
})
