// Without a network: the app opens from its cache, everything one does is kept over a reload, and goes out once. What a
// session that ended elsewhere leaves unsent is asked about; what is refused for good can be seen, retried, discarded.
import type { Page } from '@playwright/test'
import { arrives, expect, test, type BrowserPerson } from '../kit/page.ts'

const composer = (page: Page) => page.getByRole('textbox', { name: 'Write a message' })
const mark = (alice: BrowserPerson, text: string, name: string) =>
  alice.bubble(text).getByRole('img', { name })

/** The one dialog that is open; some are alerts. */
const dialogOf = (page: Page) => page.getByRole('dialog').or(page.getByRole('alertdialog'))

async function chooses(alice: BrowserPerson, text: string, act: string): Promise<void> {
  await alice.bubble(text).click({ button: 'right' })
  await alice.page.getByRole('menuitem', { name: act }).click()
}

async function edits(alice: BrowserPerson, text: string, next: string): Promise<void> {
  await chooses(alice, text, 'Edit')
  await alice.says(next)
}

async function deletes(alice: BrowserPerson, text: string): Promise<void> {
  await chooses(alice, text, 'Delete')
  await dialogOf(alice.page).getByRole('button', { name: 'Delete for everyone' }).click()
}

async function likes(alice: BrowserPerson, text: string): Promise<void> {
  await alice.bubble(text).click({ button: 'right' })
  await alice.page.getByRole('toolbar', { name: 'React' }).getByRole('button', { name: 'Heart' }).click()
}

/** From now on a reload needs no network. */
async function isKept({ page }: BrowserPerson): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
}

/** The texts in the log, in order, as far as they are among these. */
async function order({ page }: BrowserPerson, texts: string[]): Promise<string[]> {
  const shown = await page.getByRole('log').getByRole('article').allInnerTexts()
  return shown.flatMap((one) => texts.filter((text) => one.includes(text)))
}

async function signsOutOthers(phone: BrowserPerson, url: string): Promise<void> {
  await phone.page.goto(`${url}/settings/devices`)
  await phone.page.getByRole('button', { name: 'Sign out all other devices' }).click()
  await dialogOf(phone.page).getByRole('button', { name: 'Sign them out' }).click()
  await expect(phone.page.getByText('1 device is signed out')).toBeVisible()
}

async function signsIn(page: Page, who: { username: string; password: string }): Promise<void> {
  await page.getByLabel('Username').fill(who.username)
  await page.getByLabel('Password', { exact: true }).fill(who.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

test('[OUT-1] [OUT-4] all that is done offline survives a reload and goes out once', async ({
  browser,
  server,
}) => {
  test.setTimeout(150_000)
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  for (const text of ['To be edited', 'To be deleted']) await alice.says(text)
  await bob.opens('Alice Martin')
  await bob.says('Liked from the tunnel')
  await expect(mark(bob, 'Liked from the tunnel', 'Read')).toBeVisible()
  await alice.page.goto(`${server.url}/`)
  await bob.says('Read in the tunnel')
  await expect(alice.row('Bob Traore')).toContainText('1 unread')
  await expect(mark(bob, 'Read in the tunnel', 'Delivered')).toBeVisible()
  await isKept(alice)

  await alice.context.setOffline(true)
  await alice.page.reload()
  await expect(alice.row('Bob Traore')).toContainText('1 unread')
  await alice.opens('Bob Traore')
  await alice.sees('Read in the tunnel')
  await edits(alice, 'To be edited', 'Edited in the tunnel')
  await deletes(alice, 'To be deleted')
  await likes(alice, 'Liked from the tunnel')
  for (const text of ['Unsent and edited', 'Unsent and deleted', 'Unsent and left alone'])
    await alice.says(text)
  await edits(alice, 'Unsent and edited', 'Unsent, second thought')
  await deletes(alice, 'Unsent and deleted')
  await composer(alice.page).fill('Half a sentence')
  await expect(alice.row('Bob Traore')).not.toContainText('unread')

  await alice.page.reload()
  await expect(mark(alice, 'Unsent and left alone', 'Waiting')).toBeVisible()
  for (const text of ['Edited in the tunnel', 'Unsent, second thought']) await alice.sees(text)
  await expect(composer(alice.page)).toHaveValue('Half a sentence')
  await expect(alice.page.getByRole('log').getByRole('button', { name: /❤️/ })).toBeVisible()
  // What was never sent is simply taken away.
  await expect(alice.page.getByRole('log').getByText('Message deleted')).toHaveCount(1)
  await expect(alice.page.getByRole('log').getByText('Unsent and deleted')).toHaveCount(0)
  await expect(alice.row('Bob Traore')).not.toContainText('unread')
  await expect(mark(bob, 'Read in the tunnel', 'Delivered')).toBeVisible()

  await alice.context.setOffline(false)
  const texts = [
    'Edited in the tunnel',
    'Liked from the tunnel',
    'Unsent, second thought',
    'Unsent and left alone',
  ]
  for (const text of texts) await bob.sees(text, 45_000)
  await expect(bob.page.getByRole('log').getByText('Message deleted')).toHaveCount(1)
  await expect(bob.page.getByRole('log').getByText('Unsent and deleted')).toHaveCount(0)
  await expect(bob.page.getByRole('log').getByRole('button', { name: /❤️/ })).toHaveCount(1)
  await expect(mark(bob, 'Read in the tunnel', 'Read')).toBeVisible()
  expect(await order(bob, texts)).toEqual(texts)
  expect(await order(alice, texts)).toEqual(texts)
})

test('[CON-3] [SEC-31] a session ended elsewhere: what was never sent waits for its writer, and nobody else', async ({
  browser,
  server,
}) => {
  test.setTimeout(180_000)
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  const carol = await arrives(browser, server, 'Carol Diop')
  await alice.writesTo(bob)
  await alice.says('While I was in')
  await bob.opens('Alice Martin')
  await bob.sees('While I was in')
  const phone = await alice.onAnotherDevice()
  await alice.context.setOffline(true)
  for (const text of ['Never sent one', 'Never sent two']) await alice.says(text)
  await signsOutOthers(phone, server.url)

  const { page } = alice
  await alice.context.setOffline(false)
  const note = page.getByRole('region', { name: 'Alice Martin wrote 2 messages here that were never sent' })
  await expect(note).toBeVisible({ timeout: 45_000 })
  await expect(page.getByText('This device was signed out')).toBeVisible()
  await page.reload()
  await expect(note).toBeVisible()

  // Someone else on this device sees nothing of it, and sends nothing of it.
  await signsIn(page, carol)
  await expect(page.getByRole('heading', { name: 'No chats yet' })).toBeVisible()
  await page.goto(`${server.url}/settings`)
  await page.getByRole('button', { name: 'Sign out' }).first().click()
  await expect(note).toBeVisible()
  expect(await order(bob, ['Never sent one', 'Never sent two'])).toEqual([])

  await note.getByRole('button', { name: `Sign in as ${alice.username}` }).press('Enter')
  await expect(page.getByLabel('Username')).toHaveValue(alice.username)
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused()
  await page.keyboard.type(alice.password)
  await page.keyboard.press('Enter')
  await expect(alice.row('Bob Traore')).toBeVisible()
  for (const text of ['Never sent one', 'Never sent two']) await bob.sees(text, 45_000)
  expect(await order(bob, ['Never sent one', 'Never sent two'])).toEqual(['Never sent one', 'Never sent two'])
  await page.goto(`${server.url}/settings`)
  await page.getByRole('button', { name: 'Sign out' }).first().click()
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible()
  await expect(note).toBeHidden()
})

test('[CON-3] [SEC-31] what was never sent can be discarded, after one is asked, by keyboard', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  await alice.says('While I was in')
  await expect(mark(alice, 'While I was in', 'Delivered')).toBeVisible()
  const phone = await alice.onAnotherDevice()
  await alice.context.setOffline(true)
  await alice.says('A canary never sent')
  await signsOutOthers(phone, server.url)
  await alice.context.setOffline(false)

  const { page } = alice
  const discard = page.getByRole('region').getByRole('button', { name: 'Discard' })
  await discard.press('Enter', { timeout: 45_000 })
  const question = page.getByRole('alertdialog', { name: 'Discard 1 message?' })
  await expect(question.getByRole('button', { name: 'Keep' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(question).toBeHidden()
  await expect(discard).toBeFocused()
  await discard.press('Enter')
  await question.getByRole('button', { name: 'Discard' }).press('Enter')
  await expect(page.getByRole('region')).toHaveCount(0)
  await expect(page.getByLabel('Username')).toBeFocused()
  const left = await page.evaluate(async () => ({
    databases: (await indexedDB.databases()).map((one) => one.name),
    local: JSON.stringify({ ...localStorage }),
  }))
  expect(left.databases).toEqual([])
  expect(left.local).not.toContain(alice.username)
})

test('[OUT-3] a message that the server refuses for good: its reason, another try, and a way to let it go', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.makesGroup('Lanterns', [bob])
  await bob.opens('Lanterns')
  await bob.says('I am here')
  await alice.sees('I am here')
  // An older server, with a smaller limit, in front of this one.
  let isOlder = true
  await bob.page.routeWebSocket(/socket\.io/, (socket) => {
    const upstream = socket.connectToServer()
    socket.onMessage((message) => {
      const ask = /^42(\d+)\["send_message",.*Too long for it/.exec(String(message))
      const error = { code: 'INVALID', message: 'Too long.' }
      if (isOlder && ask) socket.send(`43${ask[1] ?? ''}${JSON.stringify([{ ok: false, error }])}`)
      else upstream.send(message)
    })
  })
  await bob.page.reload()
  await bob.says('Too long for it')
  await bob.says('Short enough')
  await alice.sees('Short enough')
  const refusal = bob.page.getByRole('alert').filter({ hasText: 'Not sent.' })
  await expect(refusal).toContainText('did not understand')
  await bob.page.reload()
  await expect(refusal).toBeVisible()
  await refusal.getByRole('button', { name: 'Try again' }).press('Enter')
  await expect(refusal).toBeVisible()
  isOlder = false
  await refusal.getByRole('button', { name: 'Try again' }).click()
  await alice.sees('Too long for it')
  await expect(refusal).toBeHidden()

  isOlder = true
  await bob.says('Too long for it, again')
  await refusal.getByRole('button', { name: 'Discard' }).click()
  await expect(bob.bubble('Too long for it, again')).toHaveCount(0)
  await bob.page.reload()
  await bob.sees('Short enough')
  await expect(bob.bubble('Too long for it, again')).toHaveCount(0)
})

test('[OUT-3] [MEM-2] removed from the group meanwhile: the group goes, the words that were written do not', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.makesGroup('Lanterns', [bob])
  await bob.opens('Lanterns')
  await bob.says('I am here')
  await alice.sees('I am here')
  await isKept(bob)
  await bob.context.setOffline(true)
  await bob.says('Written outside')
  await likes(bob, 'I am here')
  await alice.page
    .getByRole('button', { name: /Lanterns/ })
    .first()
    .click()
  await alice.page.getByRole('button', { name: 'What to do with Bob Traore' }).click()
  await alice.page.getByRole('menuitem', { name: 'Remove from the group' }).click()
  await dialogOf(alice.page).getByRole('button', { name: 'Remove from the group' }).click()
  await expect(alice.page.getByRole('log')).toContainText('You removed Bob Traore')
  await bob.context.setOffline(false)

  const said = bob.page.getByText('1 message was not sent: you are no longer in that chat.')
  await expect(said).toBeVisible({ timeout: 45_000 })
  await expect(bob.row('Lanterns')).toHaveCount(0)
  await bob.page.reload()
  await bob.page.getByRole('button', { name: 'See it' }).press('Enter')
  const dialog = bob.page.getByRole('dialog', { name: 'Not sent' })
  await expect(dialog.getByText('Written outside')).toBeVisible()
  await dialog.getByRole('button', { name: 'Discard' }).press('Enter')
  await expect(dialog).toBeHidden()
  await expect(said).toBeHidden()
  await bob.page.reload()
  await expect(bob.page.getByRole('heading', { name: 'No chats yet' })).toBeVisible()
  await expect(said).toBeHidden()
  await expect(alice.bubble('Written outside')).toHaveCount(0)
})
