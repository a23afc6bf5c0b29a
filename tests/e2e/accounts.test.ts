// The account as a person meets it: the first run of a server, an invitation, recovery codes, one-time codes, and a
// passkey of the browser's own virtual authenticator.
import type { Page } from '@playwright/test'
import { Secret, TOTP } from 'otpauth'
import { expectNoBarrier, shot } from './looks.ts'
import { expect, test } from '../kit/page.ts'
import { spawnServer } from '../kit/server.ts'

async function look(page: Page, name: string): Promise<void> {
  await shot(page, name, true)
  await expectNoBarrier(page)
}

async function signUp(page: Page, name: string, username: string, password: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Create my account' }).click()
  await expect(page.getByRole('heading', { name: 'No chats yet' })).toBeVisible()
}

const onTestEnd: (() => Promise<void>)[] = []
test.afterEach(async () => {
  for (const end of onTestEnd.splice(0)) await end()
})

test('[ACC-1] [JOIN-1] [PASS-2] [FAC-1] [FAC-5] the first account, an invitation, codes, an app and a passkey', async ({
  browser,
}) => {
  test.setTimeout(180_000)
  // A server of its own: nobody has an account there yet, and its address has a name, as passkeys want.
  const webDir = process.env['WEB_DIR']
  const server = await spawnServer('sqlite', webDir === undefined ? {} : { WEB_DIR: webDir })
  onTestEnd.push(() => server.stop())
  const url = `http://localhost:${server.port}`
  await server.drain()
  await server.restart({ PUBLIC_URL: url })
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  const password = 'a long phrase of olga'
  await page.goto(`${url}/sign-up`)
  await expect(page.getByRole('heading', { name: 'A new server' })).toBeVisible()
  await look(page, 'first-run')
  await signUp(page, 'Olga', 'olga.first', password)

  await page.goto(`${url}/settings/invites`)
  await page.getByRole('button', { name: 'Make a link' }).click()
  const link = (await page.getByText(`${url}/invite/`).textContent()) ?? ''
  await look(page, 'invites')

  await page.goto(`${url}/settings/security`)
  await page.getByRole('button', { name: 'Make recovery codes' }).click()
  const codes = page.getByText(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/)
  await expect(codes).toHaveCount(8)
  const recovery = (await codes.first().textContent()) ?? ''
  await page.getByRole('button', { name: 'Set up' }).click()
  const secret = ((await page.getByText(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/).textContent()) ?? '').replaceAll(
    ' ',
    '',
  )
  await page.getByLabel('Code of the app').fill(new TOTP({ secret: Secret.fromBase32(secret) }).generate())
  await look(page, 'security')
  await page.getByRole('button', { name: 'Turn it on' }).click()
  await expect(page.getByText('Signing in asks for a code.')).toBeVisible()
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await expect(page.getByText(/^Last used:/)).toBeVisible()

  const other = await browser.newPage({ locale: 'en-GB', viewport: { width: 390, height: 844 } })
  await other.goto(link)
  await expect(other.getByLabel('Invitation code')).not.toHaveValue('')
  await signUp(other, 'Ines', 'ines.invited', 'a long phrase of ines')
  await other.context().close()

  await page.goto(`${url}/settings`)
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Welcome back' })).toBeVisible()
  await page.getByLabel('Username').fill('olga.first')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByLabel('Second factor').fill('000000')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByText(/^This code is not right/)).toBeVisible()
  await look(page, 'second-factor')
  await page.getByLabel('Second factor').fill(recovery.toLowerCase())
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'No chats yet' })).toBeVisible()
  await page.goto(`${url}/settings`)
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByRole('heading', { name: 'No chats yet' })).toBeVisible()
  await context.close()
})
