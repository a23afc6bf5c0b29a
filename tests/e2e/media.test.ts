// A photo from one person to the other: picked, on its way, seen, looked at large, still there after a reload.
import sharp from 'sharp'
import { expectNoBarrier } from './looks.ts'
import { arrives, expect, test } from '../kit/page.ts'

/** A picture as a camera makes it: larger than a screen, and not of one colour. */
async function photo(): Promise<Buffer> {
  const [width, height] = [1_600, 1_200]
  const pixels = Buffer.alloc(width * height * 3, 0)
  for (let at = 0; at < pixels.length; at++) pixels[at] = (at * 7 + (at >> 9) * 13) % 256
  return await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 60 })
    .toBuffer()
}

test('[OUT-6] a photo goes up before one’s eyes, the other looks at it large, and a reload keeps it', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin')
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  // Held back, so that there is something to see of its way.
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  await alice.page.route('**/api/v1/uploads/**', async (route) => {
    await held
    await route.continue()
  })
  await alice.page
    .locator('input[data-pick="media"]')
    .setInputFiles({ name: 'beach.jpg', mimeType: 'image/jpeg', buffer: await photo() })
  await expect(alice.page.getByRole('list', { name: 'To be sent' }).getByRole('listitem')).toHaveCount(1)
  await expectNoBarrier(alice.page)
  await alice.page.getByRole('textbox', { name: 'Write a message' }).fill('At the beach')
  await alice.page.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(alice.bubble('At the beach').getByRole('progressbar', { name: 'Sending' })).toBeVisible()
  await expect(alice.bubble('At the beach').getByRole('button', { name: 'Cancel sending' })).toBeVisible()
  release()
  await expect(alice.bubble('At the beach').getByRole('progressbar')).toHaveCount(0)

  await expect(bob.row('Alice Martin')).toContainText('At the beach')
  await bob.opens('Alice Martin')
  await bob.sees('At the beach')
  await expect(bob.bubble('At the beach').locator('img.sharp')).toBeVisible()
  await expectNoBarrier(bob.page)
  await bob.bubble('At the beach').getByRole('button', { name: 'Open the photo' }).click()
  const viewer = bob.page.getByRole('dialog', { name: 'At the beach' })
  await expect(viewer.getByRole('img', { name: 'At the beach' })).toBeVisible()
  // Of an album too, each picture can be sent on by itself.
  await viewer.getByRole('button', { name: 'Forward' }).click()
  const forward = bob.page.getByRole('dialog', { name: 'Forward to…' })
  await forward.getByRole('button', { name: 'Cancel' }).click()
  await expect(viewer.getByRole('button', { name: 'Show in the chat' })).toBeVisible()
  await expectNoBarrier(bob.page)
  await bob.page.keyboard.press('Escape')
  await expect(viewer).toHaveCount(0)

  await bob.page.reload()
  await expect(bob.bubble('At the beach').locator('img.sharp')).toBeVisible()
})
