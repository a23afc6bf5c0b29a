// Finding an old message from the list, going there, and coming back; then the same inside the conversation.
import { v7 as uuidv7 } from 'uuid'
import { MessageId } from '@palabre/protocol'
import { expectNoBarrier } from './looks.ts'
import { register } from '../kit/people.ts'
import { arrives, expect, test } from '../kit/page.ts'

/** Many pages beyond what a page holds after opening. */
const length = 800

test('[SRCH-2] [TL-1] an old message is found from the list, jumped to, and left again', async ({
  browser,
  server,
}) => {
  const writer = await register(server.url, 'Writer')
  const alice = await arrives(browser, server, 'Alice Martin')
  const { users } = await writer.does('findUsers', { query: alice.username })
  const { conversation } = await writer.does('createConversation', { kind: 'direct', userId: users[0]!.id })
  const socket = await writer.socket()
  for (let first = 1; first <= length; first += 200) {
    await Promise.all(
      Array.from({ length: 200 }, (_, offset) =>
        socket.ask('sendMessage', {
          conversationId: conversation.id,
          id: MessageId.parse(uuidv7()),
          kind: 'text',
          body: { text: first + offset === 77 ? 'Le trésor est caché ici' : `Line ${first + offset}.` },
          sentAt: Date.now(),
        }),
      ),
    )
  }
  const { page } = alice
  await page.reload()
  await alice.opens('Writer')
  await alice.sees(`Line ${length}.`)

  // From the list: what is found is marked, and leads there.
  const field = page.getByRole('searchbox', { name: 'Search', exact: true })
  await field.fill('TRESOR cach')
  const messages = page.getByRole('region', { name: 'Messages' })
  const hit = messages.getByRole('link', { name: /Le trésor est caché ici/ })
  await expect(hit.locator('mark')).toHaveText(['trésor', 'cach'])
  await expectNoBarrier(page)
  await page.screenshot({ path: 'test-results/search-list.png' })
  await field.press('ArrowDown')
  await hit.press('Enter')
  await expect(alice.bubble('Le trésor est caché ici')).toBeInViewport()
  await expect(alice.bubble('Line 78.')).toBeInViewport()
  // The part around it is all there is: nothing between it and the end was fetched.
  await expect(page.getByRole('log').getByText(`Line ${length}.`)).toHaveCount(0)
  await page.getByRole('button', { name: /Go to the latest message/ }).click()
  await expect(alice.bubble(`Line ${length}.`)).toBeInViewport()

  // Inside the conversation, by keyboard: the newest first, then older ones.
  await page.keyboard.press('Control+f')
  const inside = page.getByRole('searchbox', { name: 'Search in this chat' })
  await inside.fill('line 79')
  await expect(page.getByText('1 of 11')).toBeVisible()
  await expect(alice.bubble('Line 799.')).toBeInViewport()
  for (let step = 0; step < 10; step++) await inside.press('Enter')
  await expect(page.getByText('11 of 11')).toBeVisible()
  await expect(alice.bubble('Line 79.')).toBeInViewport()
  await page.screenshot({ path: 'test-results/search-inside.png' })
  await inside.press('Escape')
  await expect(inside).toHaveCount(0)

  // Marks are drawn in the bubble, and gone from the list.
  const composer = page.getByRole('textbox', { name: 'Write a message' })
  await composer.fill('Voici le plan')
  await composer.evaluate((area: HTMLTextAreaElement) => area.setSelectionRange(6, 13))
  await composer.press('Control+b')
  await expect(composer).toHaveValue('Voici *le plan*')
  await composer.fill(
    'Voici *le plan* `npm start`\n> _dit-elle_, https://a.example/_x_\n- un\n- ~deux~\n```\ncode *brut*\n```',
  )
  await composer.press('Enter')
  await expect(page.getByRole('log').locator('strong', { hasText: 'le plan' })).toBeVisible()
  await expect(page.getByRole('log').locator('blockquote a')).toHaveAttribute('rel', /noopener/)
  await page.getByRole('button', { name: 'Clear the search' }).click()
  await expect(alice.row('Writer')).toContainText('Voici le plan npm start dit-elle')
  await page.screenshot({ path: 'test-results/formatting.png' })

  // Without a connection only what is here is searched, and it says so.
  await page.context().setOffline(true)
  await field.fill('line 80')
  await expect(messages.getByText('No connection: only what is on this device was searched.')).toBeVisible()
  await expect(messages.getByRole('link', { name: /Line 800/ })).toBeVisible()
})
