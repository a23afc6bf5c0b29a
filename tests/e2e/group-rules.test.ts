// A group's own rules as people meet them: an invite link on a desk, taken on a phone by somebody who has no account yet
// and must be let in; only admins write; the owner leaves and says who takes over.
import type { Page } from '@playwright/test'
import { expectNoBarrier, shot } from './looks.ts'
import { register } from '../kit/people.ts'
import { arrives, expect, test } from '../kit/page.ts'

async function looked(page: Page, name: string): Promise<void> {
  await shot(page, name)
  await expectNoBarrier(page)
}

test('[LINK-3] [GRP-1] [GRP-3] a group by its link: asked, let in, read only, handed over', async ({
  browser,
  server,
}) => {
  test.setTimeout(120_000)
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await register(server.url, 'bob')
  await alice.makesGroup('Street party', [{ username: bob.username, name: 'Bob' }])
  const { page } = alice
  const conversation = page.url()
  await page.goto(`${conversation}/info`)
  await page.getByRole('button', { name: /^Invite link/ }).click()
  await page.getByRole('switch', { name: /Admins approve/ }).click()
  await looked(page, 'link-make')
  await page.getByRole('button', { name: 'Make the link' }).click()
  await page.getByRole('button', { name: 'QR code' }).click()
  await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible()
  const url = page.locator('p').filter({ hasText: '/join/' })
  await expect(url).toHaveText(/\/join\/[\w-]{48}$/)
  const link = new URL((await url.textContent()) ?? '')
  await looked(page, 'link')
  await page.getByRole('button', { name: 'Done' }).click()

  // On a phone, in French, without an account: the way leads by the door, and goes on.
  const context = await browser.newContext({ locale: 'fr-FR', viewport: { width: 390, height: 844 } })
  const phone = await context.newPage()
  await phone.goto(server.url + link.pathname)
  await phone.getByRole('link', { name: 'Créer un compte' }).click()
  await phone.getByLabel('Votre nom').fill('Chloé Petit')
  await phone.getByLabel('Identifiant').fill(`chloe${Date.now()}`)
  await phone.getByLabel('Mot de passe', { exact: true }).fill('une longue phrase à moi')
  await phone.getByRole('button', { name: 'Créer mon compte' }).click()
  await expect(phone.getByRole('heading', { name: 'Street party' })).toBeVisible()
  await looked(phone, 'join')
  await phone.getByRole('button', { name: 'Demander à rejoindre' }).click()
  await expect(phone.getByText('Votre demande est envoyée')).toBeVisible()
  await looked(phone, 'join-waiting')

  await expect(page.getByRole('heading', { name: /Waiting to join/ })).toBeVisible()
  await looked(page, 'info-asking')
  await page.getByRole('button', { name: 'Let Chloé Petit in', exact: true }).click()
  const composer = phone.getByRole('textbox', { name: 'Écrire un message' })
  await expect(composer).toBeVisible()

  await page.getByRole('button', { name: /^What members can do/ }).click()
  await page.getByRole('switch', { name: /^Send messages/ }).click()
  await expect(page.getByRole('switch', { name: /^Send messages/ })).toHaveAttribute('aria-checked', 'false')
  await looked(page, 'rights')
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(phone.getByText('Seuls les admins peuvent envoyer des messages ici')).toBeVisible()
  await expect(composer).toHaveCount(0)
  await expect(phone.getByRole('log')).toContainText('réserve l’envoi de messages aux admins')
  await looked(phone, 'restricted')

  await page.getByRole('button', { name: 'Leave the group' }).click()
  await page.getByRole('alertdialog').getByText('Chloé Petit').click()
  await looked(page, 'leave')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Leave the group' }).click()
  await expect(alice.row('Street party')).toHaveCount(0)
  // Who takes over may write.
  await expect(composer).toBeVisible()
})
