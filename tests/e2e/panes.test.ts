// The panes on a desk: the list as wide as one drags it, the info beside the conversation until it is closed. Both are
// remembered.
import { register } from '../kit/people.ts'
import { arrives, expect, test } from '../kit/page.ts'

test('the list is dragged wider, by hand and by keys, and stays so', async ({ browser, server }) => {
  const { page } = await arrives(browser, server, 'Alice Martin')
  const list = page.getByRole('complementary', { name: 'Chats' })
  const divider = page.getByRole('separator', { name: 'Width of the list' })
  const width = async () => Math.round((await list.boundingBox())?.width ?? 0)
  await expect(divider).toBeVisible()
  const usual = await width()

  const box = (await divider.boundingBox())!
  await page.mouse.move(box.x + box.width / 2, 300)
  await page.mouse.down()
  await page.mouse.move(440, 300, { steps: 4 })
  await page.mouse.up()
  await expect.poll(width).toBe(440)
  await page.mouse.move(600, 300)
  expect(await width()).toBe(440)
  await page.reload()
  await expect.poll(width).toBe(440)
  await expect(divider).toHaveAttribute('aria-valuenow', '440')

  await divider.focus()
  await page.keyboard.press('ArrowLeft')
  await expect.poll(width).toBe(424)
  await page.keyboard.press('End')
  await page.keyboard.press('ArrowRight')
  await expect.poll(width).toBe(480)
  await page.keyboard.press('Home')
  await expect.poll(width).toBe(320)
  await divider.dblclick()
  await expect.poll(width).toBe(usual)
})

test('the info stays beside the conversations until it is closed', async ({ browser, server }) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const { page } = alice
  await page.setViewportSize({ width: 1_360, height: 800 })
  for (const name of ['Bruno', 'Chloe']) {
    const friend = await register(server.url, name)
    const found = await friend.does('findUsers', { query: alice.username })
    await friend.does('createConversation', { kind: 'direct', userId: found.users[0]!.id })
  }
  const info = page.getByRole('complementary', { name: 'Details' })
  await alice.opens('Bruno')
  await expect(info).toBeHidden()
  await page.getByRole('main').getByRole('button', { name: /Bruno/ }).first().click()
  await expect(info.getByRole('heading', { name: 'Bruno' })).toBeVisible()

  await alice.opens('Chloe')
  await expect(info.getByRole('heading', { name: 'Chloe' })).toBeVisible()
  await page.reload()
  await expect(info.getByRole('heading', { name: 'Chloe' })).toBeVisible()
  await page.goto(server.url)
  await alice.opens('Bruno')
  await expect(info.getByRole('heading', { name: 'Bruno' })).toBeVisible()

  await info.getByRole('button', { name: 'Close' }).click()
  await expect(info).toBeHidden()
  await expect(page).toHaveURL(/\/c\/[^/]+$/)
  await alice.opens('Chloe')
  await expect(page).toHaveURL(/\/c\/[^/]+$/)
  await expect(info).toBeHidden()
})
