// People in browsers: each has a context of their own, signs up through the page and does what a person does.
// What is asked of the page is what a screen reader would find: roles and names.
import {
  expect,
  test as base,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from '@playwright/test'
import { randomBytes } from 'node:crypto'
import { spawnServer, type ServerProcess } from './server.ts'

export interface BrowserPerson {
  readonly name: string
  readonly username: string
  readonly password: string
  readonly context: BrowserContext
  readonly page: Page
  /** Opens (or makes) the direct conversation with someone by searching for them. */
  writesTo(other: { username: string; name: string }): Promise<void>
  makesGroup(title: string, others: { username: string; name: string }[]): Promise<void>
  opens(title: string): Promise<void>
  says(text: string): Promise<void>
  /** The bubble of a message by its text. */
  bubble(text: string): Locator
  /** `withinMs`: longer where the page must first find its server again (back-off is up to 30 s). */
  sees(text: string, withinMs?: number): Promise<void>
  /** A row of the list. */
  row(title: string): Locator
  /** Another tab of the same browser, signed in as this one is. */
  inAnotherTab(): Promise<BrowserPerson>
  /** Another device: a new context, signed in. */
  onAnotherDevice(): Promise<BrowserPerson>
}

/** One server for each file, a process like any other: it can be killed. */
export const test = onOwnServer()

/** For journeys whose first account must be the server's first, too: its operator. Others share one a worker. */
export function onOwnServer() {
  return base.extend<object, { server: ServerProcess }>({
    server: [
      // Playwright reads the empty pattern to know what a fixture needs.
      async ({}, use) => {
        const webDir = process.env['WEB_DIR']
        const server = await spawnServer('sqlite', webDir === undefined ? {} : { WEB_DIR: webDir })
        await use(server)
        await server.stop()
      },
      { scope: 'worker' },
    ],
  })
}

export { expect }

const english: BrowserContextOptions = { locale: 'en-GB', viewport: { width: 1280, height: 800 } }

/** Signs someone new up through the page. */
export async function arrives(
  browser: Browser,
  server: { url: string },
  name: string,
  options: BrowserContextOptions = {},
  /** Runs in every page of theirs before anything else. */
  before?: () => void,
): Promise<BrowserPerson> {
  const username = `${name.toLowerCase().replace(/[^a-z]/g, '')}${randomBytes(3).toString('hex')}`
  const password = `a long phrase of ${username}`
  const { context, page } = await open(browser, options)
  if (before) await context.addInitScript(before)
  await page.goto(`${server.url}/sign-up`)
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Create my account' }).click()
  await expect(page.getByRole('heading', { name: 'No chats yet' })).toBeVisible()
  return person(browser, server, { name, username, password }, context, page, options)
}

async function open(browser: Browser, options: BrowserContextOptions) {
  const context = await browser.newContext({ ...english, ...options })
  return { context, page: await context.newPage() }
}

function person(
  browser: Browser,
  server: { url: string },
  who: { name: string; username: string; password: string },
  context: BrowserContext,
  page: Page,
  options: BrowserContextOptions,
): BrowserPerson {
  const log = page.getByRole('log')
  const composer = page.getByRole('textbox', { name: 'Write a message' })
  return {
    ...who,
    context,
    page,
    async writesTo(other) {
      await page.goto(`${server.url}/new`)
      await page.getByLabel('Name or username').fill(other.username)
      await page.getByRole('button', { name: other.name }).click()
      await expect(composer).toBeVisible()
    },
    async makesGroup(title, others) {
      await page.goto(`${server.url}/new/group`)
      await page.getByLabel('Group name').fill(title)
      for (const other of others) {
        await page.getByLabel('Add people').first().fill(other.username)
        await page.getByRole('checkbox', { name: other.name }).click()
      }
      await page.getByRole('button', { name: 'Create the group' }).click()
      await expect(composer).toBeVisible()
    },
    async opens(title) {
      await this.row(title).click()
      await expect(composer).toBeVisible()
    },
    async says(text) {
      await composer.fill(text)
      await composer.press('Enter')
      await expect(composer).toHaveValue('')
    },
    // By its name, which holds its own text alone and not the quoted one.
    bubble: (text) => log.getByRole('article', { name: text }),
    async sees(text, withinMs = 15_000) {
      await expect(this.bubble(text)).toHaveCount(1, { timeout: withinMs })
    },
    row: (title) => page.locator('[data-conversation]').filter({ hasText: title }),
    async inAnotherTab() {
      const other = await context.newPage()
      await other.goto(`${server.url}/`)
      await expect(other.locator('[data-conversation]').first()).toBeVisible()
      return person(browser, server, who, context, other, options)
    },
    async onAnotherDevice() {
      const other = await open(browser, options)
      await other.page.goto(`${server.url}/sign-in`)
      await other.page.getByLabel('Username').fill(who.username)
      await other.page.getByLabel('Password', { exact: true }).fill(who.password)
      await other.page.getByRole('button', { name: 'Sign in' }).click()
      await expect(other.page.locator('[data-conversation]').first()).toBeVisible()
      return person(browser, server, who, other.context, other.page, options)
    },
  }
}
