// Reports as people meet them: somebody tells those who run the server of a message and of a person.
import { expectNoBarrier, shot } from './looks.ts'
import { arrives, expect, test } from '../kit/page.ts'

test('[REP-1] [BLK-5] somebody reports a message with what was before it, and then the person', async ({
  browser,
  server,
}) => {
  const olga = await arrives(browser, server, 'Olga Petit')
  const bob = await arrives(browser, server, 'Bob Traore')
  await olga.writesTo(bob)
  await olga.says('Hello Bob')
  await bob.opens('Olga Petit')
  await bob.says('Buy my watches')
  const { page } = olga
  await olga.sees('Buy my watches')

  // By keys alone, from the message on.
  await olga.bubble('Buy my watches').focus()
  await page.keyboard.press('!')
  const dialog = page.getByRole('dialog', { name: 'Report Bob Traore' })
  await expect(dialog).toBeVisible()
  await expectNoBarrier(page)
  await shot(page, 'report-message')
  await dialog.getByRole('button', { name: 'Report' }).click()
  await expect(dialog.getByRole('alert')).toHaveText('Choose what is wrong.')
  await dialog.getByText('Spam or advertising').click()
  await dialog.getByLabel('What should they know?').fill('Every day')
  await dialog.getByRole('switch', { name: 'Send the message before it along' }).click()
  await dialog.getByRole('button', { name: 'Report' }).click()
  await expect(page.getByText('Reported.', { exact: false })).toBeVisible()
  await expect(dialog).toHaveCount(0)

  await page.keyboard.press('Alt+i')
  await page.getByRole('button', { name: 'Report Bob Traore…' }).click()
  await dialog.getByText('Something else').click()
  await dialog.getByRole('switch', { name: 'Block Bob Traore, too' }).click()
  await shot(page, 'report-person')
  await dialog.getByRole('button', { name: 'Report' }).click()
  await expect(page.getByRole('region', { name: 'Blocked' })).toBeVisible()
})
