// Reports as people meet them: somebody tells those who run the server of a message and of a person, who read and decide it.
import { expectNoBarrier, shot } from './looks.ts'
import { arrives, expect, onOwnServer, type BrowserPerson } from '../kit/page.ts'

const test = onOwnServer()

let operator: BrowserPerson | null = null
let reported: BrowserPerson | null = null

test('[REP-1] [BLK-5] somebody reports a message with what was before it, and then the person', async ({
  browser,
  server,
}) => {
  const olga = await arrives(browser, server, 'Olga Petit')
  operator = olga
  const bob = await arrives(browser, server, 'Bob Traore')
  reported = bob
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

test('[REP-3] [REP-5] an operator reads what was reported and decides; who is warned or suspended is told why', async ({
  browser,
  server,
}) => {
  const bob = await arrives(browser, server, 'Bob Traore')
  const mia = await arrives(browser, server, 'Mia Kone')
  await bob.writesTo(mia)
  await bob.says('Buy my boats')
  await mia.opens('Bob Traore')
  await mia.bubble('Buy my boats').focus()
  await mia.page.keyboard.press('!')
  const report = mia.page.getByRole('dialog', { name: 'Report Bob Traore' })
  await report.getByText('Spam or advertising').click()
  await report.getByLabel('What should they know?').fill('Boats, again')
  await report.getByRole('button', { name: 'Report' }).click()
  await expect(report).toHaveCount(0)

  const { page } = operatorOf()
  await page.goto(`${server.url}/console/reports`)
  const line = page.getByRole('link', { name: new RegExp(`@${bob.username}`) })
  await expect(line).toBeVisible()
  await expectNoBarrier(page)
  await shot(page, 'console-reports')
  await line.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByText('Boats, again')).toBeVisible()
  await expect(page.getByText('Buy my boats')).toBeVisible()
  await expectNoBarrier(page)
  await looksOf(page, 'console-report')
  await page.getByRole('button', { name: 'Warn…' }).click()
  const ask = page.getByRole('dialog', { name: 'Warn Bob Traore?' })
  await ask.getByLabel('What they should know').fill('No advertising here.')
  await expectNoBarrier(page)
  await shot(page, 'console-warn')
  await ask.getByRole('button', { name: 'Warn', exact: true }).click()
  await expect(page.getByRole('status').filter({ hasText: /^Warned on/ })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Warn…' })).toHaveCount(0)
  await page.getByRole('link', { name: 'All reports' }).click()
  await expect(page.getByRole('link', { name: /Olga Petit|Bob Traore/ }).first()).toBeVisible()
  await expect(line).toHaveCount(0)
  await page.getByText('Decided', { exact: true }).click()
  await expect(line).toContainText('Warned')

  // Bob is told at once, what and why and not by whom; read once, it is read.
  const notice = bob.page.getByRole('dialog', { name: 'From those who run this server' })
  await expect(notice).toContainText('The reason: spam or advertising.')
  await expect(notice).toContainText('No advertising here.')
  await expect(notice).not.toContainText('Mia')
  await expectNoBarrier(bob.page)
  await looksOf(bob.page, 'notice')
  await notice.getByRole('button', { name: 'I have read it' }).click()
  await expect(notice).toHaveCount(0)
  await bob.page.reload()
  await expect(bob.row('Mia Kone')).toBeVisible()
  await expect(notice).toHaveCount(0)

  // And what is suspended says why at the door.
  await page.getByText('Open', { exact: true }).click()
  await page
    .getByRole('link', { name: /Something else/ })
    .first()
    .click()
  await page.getByRole('button', { name: 'Suspend…' }).click()
  const last = page.getByRole('alertdialog', { name: 'Suspend Bob Traore?' })
  await last.getByLabel('What they should know').fill('Twice is enough.')
  await last.getByRole('button', { name: 'Suspend', exact: true }).click()
  await expect(page.getByRole('status').filter({ hasText: /^Suspended on/ })).toBeVisible()
  const door = await browser.newPage()
  await door.goto(`${server.url}/sign-in`)
  await door.getByLabel('Username').fill(reported?.username ?? '')
  await door.getByLabel('Password', { exact: true }).fill(reported?.password ?? '')
  await door.getByRole('button', { name: 'Sign in' }).click()
  const why = door.getByRole('alert').filter({ hasText: 'This account is suspended.' })
  await expect(why).toContainText('something else')
  await expect(why).toContainText('Twice is enough.')
  await expectNoBarrier(door)
  await looksOf(door, 'suspended')
})

/** The first account of the server, which came in the test before. */
function operatorOf(): BrowserPerson {
  if (operator === null) throw new Error('there is no operator')
  return operator
}

/** As it looks elsewhere, for who asked for pictures. */
async function looksOf(page: BrowserPerson['page'], name: string): Promise<void> {
  if (process.env['SHOTS'] === undefined) return
  await shot(page, name, true)
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.setViewportSize({ width: 390, height: 844 })
  await shot(page, `${name}-dark-phone`, true)
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 800 })
}
