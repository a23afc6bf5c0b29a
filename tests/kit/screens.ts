// Every screen of the app and the way to it, in any language and size. Two journeys walk it: one takes pictures, one
// looks for barriers. Each way ends when what the screen is about can be seen.
import { expect, type Browser, type Locator, type Page } from '@playwright/test'
import { randomBytes } from 'node:crypto'
import { createStreet, type Street } from './street.ts'
import { wordsOf, type Language, type Words } from './words.ts'

declare global {
  /** While a screen has no storage. */
  var putReally: IDBObjectStore['put']
}

export const devices = {
  desk: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
} as const
export type DeviceName = keyof typeof devices

/** Someone in front of a browser, with all that there is to see. */
export interface Visit {
  readonly page: Page
  readonly device: DeviceName
  readonly url: string
  readonly street: Street
  readonly words: Words
}

export interface Screen {
  readonly name: string
  open(visit: Visit): Promise<void>
}

export async function visit(
  browser: Browser,
  server: { url: string },
  device: DeviceName,
  language: Language,
): Promise<Visit & { ends(): Promise<void> }> {
  const context = await browser.newContext({
    ...devices[device],
    locale: { en: 'en-GB', fr: 'fr-FR', ar: 'ar-MA' }[language],
    reducedMotion: 'reduce',
  })
  const street = await createStreet(server.url)
  return {
    page: await context.newPage(),
    device,
    url: server.url,
    street,
    words: wordsOf(language),
    async ends() {
      await context.close()
      await street.leaves()
    },
  }
}

/** Nothing is wider than the screen, nor than the pane it is in. */
export async function expectNoSideways(page: Page): Promise<void> {
  const wide = await page.evaluate(() => {
    const boxes = [
      document.documentElement,
      ...document.querySelectorAll('[data-pane], .scroll, dialog[open]'),
    ]
    return boxes
      .filter((box) => box.scrollWidth > box.clientWidth + 1)
      .map((box) => `${box.tagName}.${box.className}: ${box.scrollWidth} in ${box.clientWidth}`)
  })
  expect(wide).toEqual([])
}

export async function paint(page: Page, scheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme })
  await expect(page.locator('html')).toHaveAttribute('data-theme', scheme)
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
}

export const heading = ({ page }: Visit, name: string) =>
  page.getByRole('heading', { name, exact: true }).first()
export const composer = ({ page, words }: Visit) =>
  page.getByRole('textbox', { name: words('messages.compose.label') })
export const bubble = ({ page }: Visit, text: string): Locator =>
  page.getByRole('log').getByRole('article', { name: text })
export const button = ({ page }: Visit, name: string) => page.getByRole('button', { name, exact: true })

export async function goTo(at: Visit, path: string): Promise<void> {
  await at.page.goto(at.url + path)
}

export async function openGroup(at: Visit): Promise<void> {
  await goTo(at, `/c/${at.street.group}`)
  await expect(bubble(at, 'Welcome Layla!')).toBeVisible()
  await expect(bubble(at, 'I’ll bring the benches')).toBeInViewport()
}

async function openMenu(at: Visit): Promise<void> {
  await openGroup(at)
  await bubble(at, 'Welcome Layla!').click({ button: 'right' })
  await expect(at.page.getByRole('menu')).toBeVisible()
}

async function signIn(at: Visit, password: string): Promise<void> {
  const { page, words, street } = at
  await page.getByLabel(words('auth.username')).fill(street.me.username)
  await page.getByLabel(words('auth.password'), { exact: true }).fill(password)
  await button(at, words('auth.signIn')).click()
}

async function setting(at: Visit, section: string): Promise<void> {
  await goTo(at, `/settings/${section}`)
  await expect(heading(at, at.words(`settings.${section}.title`))).toBeVisible()
}

async function writes(at: Visit, text: string): Promise<void> {
  await composer(at).fill(text)
  await composer(at).press(at.device === 'phone' ? 'Control+Enter' : 'Enter')
}

/** Of a word that has several forms, the one for one: the first, or the second where the first is for none. */
function formOf(word: string): string {
  const forms = word.split(' | ')
  return forms[forms.length > 2 ? 1 : 0] ?? word
}

/** In this order: the later ones count on who signed in before. */
export const screens: readonly Screen[] = [
  {
    name: 'sign-in',
    async open(at) {
      await goTo(at, '/sign-in')
      await expect(heading(at, at.words('auth.welcomeBack'))).toBeVisible()
    },
  },
  {
    name: 'sign-in-refused',
    async open(at) {
      await signIn(at, 'not the phrase of anyone')
      await expect(at.page.locator('[aria-invalid="true"]')).toBeVisible()
    },
  },
  {
    name: 'sign-up',
    async open(at) {
      await goTo(at, '/sign-up')
      await expect(heading(at, at.words('auth.join'))).toBeVisible()
    },
  },
  {
    name: 'sign-up-incomplete',
    async open(at) {
      await at.page.getByLabel(at.words('auth.yourName')).fill('Newcomer')
      await button(at, at.words('auth.createMine')).click()
      await expect(at.page.getByText(at.words('auth.wrong.usernameMissing'))).toBeVisible()
    },
  },
  {
    name: 'list-empty',
    async open(at) {
      const name = `newcomer${randomBytes(4).toString('hex')}`
      await at.page.getByLabel(at.words('auth.username')).fill(name)
      await at.page.getByLabel(at.words('auth.password'), { exact: true }).fill(`a long phrase of ${name}`)
      await button(at, at.words('auth.createMine')).click()
      await expect(heading(at, at.words('list.nothingYet'))).toBeVisible()
    },
  },
  {
    name: 'list',
    async open(at) {
      await goTo(at, '/settings')
      await button(at, at.words('settings.signOut')).click()
      await expect(heading(at, at.words('auth.welcomeBack'))).toBeVisible()
      await signIn(at, at.street.me.password)
      await expect(at.page.locator('[data-conversation]')).toHaveCount(6)
    },
  },
  {
    name: 'direct',
    async open(at) {
      await goTo(at, `/c/${at.street.direct}`)
      await expect(bubble(at, 'Perfect, thank you')).toBeInViewport()
      await expect(
        at.page.locator('[data-pane="chat"]').getByText(at.words('messages.presence.online')).first(),
      ).toBeVisible()
    },
  },
  { name: 'group', open: openGroup },
  {
    name: 'awkward',
    async open(at) {
      await goTo(at, `/c/${at.street.awkward}`)
      await expect(bubble(at, 'xxxxx')).toBeInViewport()
    },
  },
  {
    name: 'group-silent',
    async open(at) {
      await goTo(at, `/c/${at.street.silent}`)
      await expect(at.page.getByText(at.words('messages.empty.group'))).toBeVisible()
    },
  },
  { name: 'message-menu', open: openMenu },
  {
    name: 'reply',
    async open(at) {
      await openMenu(at)
      await at.page.getByRole('menuitem', { name: at.words('messages.menu.reply') }).click()
      await expect(button(at, at.words('messages.compose.dropReply'))).toBeVisible()
    },
  },
  {
    name: 'delete',
    async open(at) {
      await openMenu(at)
      await at.page.getByRole('menuitem', { name: at.words('messages.menu.delete') }).click()
      await expect(heading(at, at.words('messages.delete.title'))).toBeVisible()
    },
  },
  {
    name: 'readers',
    async open(at) {
      await openMenu(at)
      await at.page.getByRole('menuitem', { name: at.words('messages.menu.readers') }).click()
      await expect(heading(at, at.words('messages.readers.title'))).toBeVisible()
      await expect(at.page.getByRole('dialog').getByText('Amadou Diallo')).toBeVisible()
    },
  },
  {
    name: 'emoji',
    async open(at) {
      await openGroup(at)
      await button(at, at.words('messages.compose.emoji')).click()
      await expect(at.page.getByRole('tabpanel').getByRole('button').first()).toBeVisible()
    },
  },
  {
    name: 'group-info',
    async open(at) {
      await goTo(at, `/c/${at.street.group}/info`)
      await expect(heading(at, at.words('messages.groupInfo'))).toBeVisible()
      await expect(at.page.getByText(/^Everything for the second Saturday/).first()).toBeVisible()
    },
  },
  {
    name: 'contact-info',
    async open(at) {
      await goTo(at, `/c/${at.street.direct}/info`)
      await expect(heading(at, at.words('messages.contactInfo'))).toBeVisible()
    },
  },
  {
    name: 'search',
    async open(at) {
      await goTo(at, '/')
      await at.page.getByRole('searchbox', { name: at.words('list.search') }).fill('chlo')
      await expect(heading(at, at.words('people.title'))).toBeVisible()
    },
  },
  {
    name: 'new-chat',
    async open(at) {
      await goTo(at, '/new')
      await expect(heading(at, at.words('list.new'))).toBeVisible()
      await expect(at.page.getByText('Chloé Petit').first()).toBeVisible()
    },
  },
  {
    name: 'new-group',
    async open(at) {
      await goTo(at, '/new/group')
      await expect(heading(at, at.words('list.newGroup'))).toBeVisible()
      await at.page.getByLabel(at.words('people.groupName')).fill('Lanterns')
      for (const name of ['Amadou Diallo', 'ليلى حداد']) {
        await at.page.getByRole('checkbox', { name }).click()
      }
    },
  },
  {
    name: 'settings',
    async open(at) {
      await goTo(at, '/settings')
      await expect(button(at, at.words('settings.signOut'))).toBeVisible()
    },
  },
  ...['profile', 'appearance', 'language', 'notifications', 'app', 'shortcuts'].map((section) => ({
    name: `settings-${section}`,
    open: (at: Visit) => setting(at, section),
  })),
  {
    name: 'devices',
    async open(at) {
      await setting(at, 'devices')
      await expect(at.page.getByText(at.words('settings.devices.this'))).toBeVisible()
    },
  },
  {
    name: 'switcher',
    async open(at) {
      await openGroup(at)
      await at.page.keyboard.press('Control+k')
      await expect(at.page.getByRole('combobox')).toBeVisible()
      await expect(at.page.getByRole('option').first()).toBeVisible()
    },
  },
  {
    name: 'shortcuts',
    async open(at) {
      await openGroup(at)
      await at.page.keyboard.press('Control+/')
      await expect(at.page.getByRole('dialog').locator('kbd').first()).toBeVisible()
    },
  },
  {
    name: 'offline',
    async open(at) {
      await openGroup(at)
      await at.page.context().setOffline(true)
      await writes(at, 'I’ll be in the tunnel for a while')
      await expect(at.page.getByRole('log').getByRole('img', { name: at.words('tick.queued') })).toBeVisible()
      await expect(at.page.getByRole('status').getByText(at.words('connection.offline'))).toBeVisible()
    },
  },
  {
    name: 'not-changed',
    async open(at) {
      const { me, group, mine } = at.street
      await bubble(at, 'Welcome Layla!').click({ button: 'right' })
      await at.page.getByRole('menuitem', { name: at.words('messages.menu.edit') }).click()
      await writes(at, 'Welcome Layla! Tea for all.')
      const { message } = await me.does('getMessage', { conversationId: group, id: mine.id })
      const body = { text: 'Welcome Layla! And cake for all.' }
      await me.does('editMessage', { conversationId: group, id: mine.id, bodyRev: message.bodyRev, body })
      await at.page.context().setOffline(false)
      await expect(button(at, at.words('messages.discard'))).toBeVisible()
    },
  },
  {
    name: 'storage-full',
    async open(at) {
      await openGroup(at)
      await at.page.context().setOffline(true)
      await at.page.evaluate(() => {
        globalThis.putReally = IDBObjectStore.prototype.put
        IDBObjectStore.prototype.put = () => {
          throw new DOMException('no room', 'QuotaExceededError')
        }
      })
      await writes(at, 'Is there still room for this?')
      await expect(at.page.getByText(at.words('storage.full'))).toBeVisible()
      await expect(at.page.getByRole('status').getByText(at.words('connection.offline'))).toBeVisible()
    },
  },
  {
    name: 'unsent',
    async open(at) {
      await at.page.evaluate(() => {
        IDBObjectStore.prototype.put = globalThis.putReally
      })
      await writes(at, 'And for this?')
      await expect(at.page.getByText(at.words('storage.full'))).toBeHidden()
      await at.street.me.does('endOtherSessions', {})
      await at.page.context().setOffline(false)
      await expect(button(at, at.words('auth.unsent.discard'))).toBeVisible()
    },
  },
  {
    name: 'unsent-discard',
    async open(at) {
      await button(at, at.words('auth.unsent.discard')).click()
      await expect(at.page.getByRole('alertdialog')).toBeVisible()
    },
  },
  {
    name: 'stranded',
    async open(at) {
      const { me, silent } = at.street
      await button(at, at.words('auth.unsent.keep')).click()
      await signIn(at, me.password)
      await expect(at.page.locator('[data-conversation]').first()).toBeVisible()
      await goTo(at, `/c/${silent}`)
      await expect(composer(at)).toBeVisible()
      await at.page.context().setOffline(true)
      await writes(at, 'The pump is with me, I can bring it on Thursday.')
      await me.does('removeMember', { conversationId: silent, userId: me.id })
      await at.page.context().setOffline(false)
      await expect(
        at.page.getByRole('button', { name: formOf(at.words('messages.stranded.show')) }),
      ).toBeVisible()
    },
  },
  {
    name: 'stranded-shown',
    async open(at) {
      await at.page.getByRole('button', { name: formOf(at.words('messages.stranded.show')) }).click()
      await expect(at.page.getByRole('dialog').getByText('The pump is with me')).toBeVisible()
    },
  },
]
