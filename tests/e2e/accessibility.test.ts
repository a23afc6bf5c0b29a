// Every screen as axe sees it (WCAG 2.2 AA and best practices), light and dark, on a desk in English and on a phone in
// French, whose words are longer; nothing scrolls sideways, down to 320 pixels. And the app by keyboard alone. What no
// rule can tell (is it spoken well?) is not here.
import AxeBuilder from '@axe-core/playwright'
import { arrives, expect, test } from '../kit/page.ts'
import { devices, expectNoSideways, paint, screens, visit } from '../kit/screens.ts'

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const narrow = { width: 320, height: 640 }
const looks = [
  ['desk', 'en', ['light', 'dark']],
  // The same colours as on the desk.
  ['phone', 'fr', ['light']],
] as const

for (const [device, language, schemes] of looks) {
  test(`axe finds nothing on any screen: ${device}, ${language}`, async ({ browser, server }) => {
    test.setTimeout(240_000)
    const at = await visit(browser, server, device, language)
    for (const screen of screens) {
      await test.step(screen.name, async () => {
        await screen.open(at)
        await expectNoSideways(at.page)
        for (const scheme of schemes) {
          await paint(at.page, scheme)
          // Colour is all that differs in the dark. Legacy: without a second page for each look, as there are no frames.
          const axe = new AxeBuilder({ page: at.page })
            .setLegacyMode()
            .options({ resultTypes: ['violations'] })
          const look = scheme === 'light' ? axe.withTags(rules) : axe.withRules(['color-contrast'])
          const { violations } = await look.analyze()
          const found = violations.flatMap(({ id, nodes }) =>
            nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} — ${failureSummary ?? ''}`),
          )
          expect.soft(found, `${screen.name}, ${scheme}`).toEqual([])
        }
        if (device !== 'phone') return
        await at.page.setViewportSize(narrow)
        await expectNoSideways(at.page)
        await at.page.setViewportSize(devices.phone.viewport)
      })
    }
    await at.ends()
  })
}

test('one reads, answers and leaves with the keyboard alone', async ({ browser, server }) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  await alice.says('Press a key')
  const { page } = bob
  const { keyboard } = page
  const focused = page.locator(':focus')
  const composer = page.getByRole('textbox', { name: 'Write a message' })
  await expect(bob.row('Alice Martin')).toBeVisible()
  await page.reload()
  await expect(bob.row('Alice Martin')).toBeVisible()

  await keyboard.press('Tab')
  await expect(focused).toHaveText('Skip to the main content')
  // New chat, menu, search, three filters, the list.
  for (let presses = 0; presses < 12; presses += 1) {
    if ((await bob.row('Alice Martin').and(focused).count()) === 1) break
    await keyboard.press('Tab')
  }
  await expect(bob.row('Alice Martin')).toBeFocused()
  await keyboard.press('Enter')
  await expect(composer).toBeFocused()
  await keyboard.type('Which one?')
  await keyboard.press('Enter')
  await bob.sees('Which one?')
  await alice.sees('Which one?')

  await keyboard.press('Shift+Tab')
  while (!(await focused.evaluate((element) => element.matches('[data-bubble], [data-conversation]')))) {
    await keyboard.press('Shift+Tab')
  }
  await expect(bob.bubble('Which one?')).toBeFocused()
  await keyboard.press('ArrowUp')
  await expect(bob.bubble('Press a key')).toBeFocused()
  await keyboard.press('Shift+F10')
  await expect(page.getByRole('menuitem', { name: 'Reply' })).toBeFocused()
  await keyboard.press('Escape')
  await expect(page.getByRole('menu')).toHaveCount(0)
  await expect(bob.bubble('Press a key')).toBeFocused()
  await keyboard.press('Shift+F10')
  await keyboard.press('Enter')
  await expect(composer).toBeFocused()
  await expect(page.getByRole('button', { name: 'Don’t reply' })).toBeVisible()
  await keyboard.type('This one')
  await keyboard.press('Enter')
  await expect(alice.bubble('This one')).toContainText('Press a key')

  await keyboard.press('Control+k')
  await expect(page.getByRole('combobox')).toBeFocused()
  await keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(composer).toBeFocused()
})
