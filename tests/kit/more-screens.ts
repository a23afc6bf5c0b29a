// Screens of features that are drawn on demand: media, the gallery, what one keeps, pins, timers, forwarding, searching.
// They go on from the walk of `screens.ts`, signed in; the way to each is its own, so that any of them can be left out.
import { randomBytes } from 'node:crypto'
import { expect } from '@playwright/test'
import sharp from 'sharp'
import type { ConversationId } from '@palabre/protocol'
import { newMessageId, send } from './make.ts'
import { bubble, button, composer, goTo, heading, openGroup, type Screen, type Visit } from './screens.ts'
import { mediaTo, uploaded } from './upload.ts'

const made = new WeakMap<Visit['street'], Promise<ConversationId>>()

/** A conversation in which there is something of every kind. Made once for each visit. */
function withMedia(at: Visit): Promise<ConversationId> {
  const known = made.get(at.street) ?? fill(at)
  made.set(at.street, known)
  return known
}

async function fill({ street, url }: Visit): Promise<ConversationId> {
  const { me, amadou } = street
  const memberIds = [amadou.id]
  const { conversation } = await me.does('createConversation', {
    kind: 'group',
    title: 'Garden diary',
    memberIds,
  })
  const { id } = conversation
  await send(amadou, id, 'The beds by the wall, this morning and last year')
  for (const [hue, width, height] of [
    [90, 1_200, 900],
    [20, 900, 1_200],
    [200, 1_600, 700],
  ] as const) {
    const upload = await uploaded(url, amadou, await meadow(hue, width, height), 'image', 'bed.jpg')
    await amadou.does('sendMessage', mediaTo(id, 'image', upload.id))
  }
  const mine = await uploaded(url, me, await meadow(140, 1_200, 800), 'image', 'apples.jpg')
  await me.does(
    'sendMessage',
    mediaTo(id, 'image', mine.id, { text: 'And the apples, which nobody has thinned' }),
  )
  const plan = await uploaded(
    url,
    me,
    randomBytes(240_000),
    'file',
    'Planting plan, spring, second version.pdf',
  )
  await me.does('sendMessage', mediaTo(id, 'file', plan.id))
  const rest = { conversationId: id, sentAt: Date.now() }
  const place = {
    ...rest,
    id: newMessageId(),
    kind: 'location',
    body: { location: { latitude: 48.85837, longitude: 2.29448, accuracy: 12, label: 'The garden gate' } },
  } as const
  await amadou.does('sendMessage', place)
  const last = await send(me, id, 'I’ll be there at four.')
  // It opens at what is unread.
  await me.does('markRead', { conversationId: id, seq: last.seq })
  return id
}

/** Something like a photograph: a sky, a field, and a sun. Point by point: the server of this process reads no SVG. */
async function meadow(hue: number, width: number, height: number): Promise<Buffer> {
  const points = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const isSun = Math.hypot(x - width * 0.7, y - height * 0.35) < height * 0.18
      const light = isSun ? 1 : 0.9 - (0.5 * y) / height
      const turn = ((isSun ? 40 : hue) * Math.PI) / 180
      for (let part = 0; part < 3; part += 1) {
        points[(y * width + x) * 3 + part] = 255 * light * (0.75 + 0.25 * Math.cos(turn - part * 2.1))
      }
    }
  }
  return sharp(points, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer()
}

async function openMedia(at: Visit): Promise<void> {
  await goTo(at, `/c/${await withMedia(at)}`)
  await expect(bubble(at, 'I’ll be there at four.')).toBeInViewport()
  await expect(at.page.getByRole('log').locator('img').first()).toBeVisible()
}

async function onMessage(at: Visit, key: string): Promise<void> {
  await openGroup(at)
  await bubble(at, 'Welcome Layla!').focus()
  await at.page.keyboard.press(key)
}

export const moreScreens: readonly Screen[] = [
  { name: 'media', open: openMedia },
  {
    name: 'light-box',
    async open(at) {
      await openMedia(at)
      await at.page
        .getByRole('log')
        .getByRole('button', { name: at.words('media.openPhoto') })
        .last()
        .click()
      await expect(at.page.getByRole('dialog').locator('img').first()).toBeVisible()
    },
  },
  {
    name: 'gallery',
    async open(at) {
      await goTo(at, `/c/${await withMedia(at)}/info`)
      await at.page.getByRole('button', { name: at.words('media.gallery.title') }).click()
      await expect(at.page.getByRole('tab').first()).toBeVisible()
    },
  },
  {
    name: 'attach',
    async open(at) {
      await openMedia(at)
      await button(at, at.words('media.attach.label')).click()
      await expect(at.page.getByRole('menu')).toBeVisible()
    },
  },
  {
    name: 'conversation-search',
    async open(at) {
      await openGroup(at)
      await at.page.keyboard.press('Control+f')
      await at.page.getByRole('searchbox', { name: at.words('search.field') }).fill('tables')
      await expect(at.page.getByRole('log').locator('mark').first()).toBeVisible()
    },
  },
  {
    name: 'search-messages',
    async open(at) {
      await goTo(at, '/')
      await at.page.getByRole('searchbox', { name: at.words('list.search') }).fill('table')
      await expect(
        at.page
          .getByRole('region', { name: at.words('search.messages') })
          .getByRole('link')
          .first(),
      ).toBeVisible()
    },
  },
  {
    name: 'conversation-menu',
    async open(at) {
      await openGroup(at)
      await button(at, at.words('messages.more')).click()
      await expect(at.page.getByRole('menu')).toBeVisible()
    },
  },
  {
    name: 'starred-empty',
    async open(at) {
      await goTo(at, '/starred')
      await expect(heading(at, at.words('keeping.starred.none'))).toBeVisible()
    },
  },
  {
    name: 'starred',
    async open(at) {
      await onMessage(at, '*')
      await goTo(at, '/starred')
      await expect(at.page.getByRole('link', { name: /Welcome Layla/ })).toBeVisible()
    },
  },
  {
    name: 'select',
    async open(at) {
      await onMessage(at, 's')
      await expect(at.page.getByRole('toolbar', { name: at.words('forwarding.bar') })).toBeVisible()
    },
  },
  {
    name: 'forward',
    async open(at) {
      await onMessage(at, 'f')
      const dialog = at.page.getByRole('dialog', { name: at.words('forwarding.title') })
      await dialog.getByRole('checkbox').first().click()
    },
  },
  {
    name: 'pin',
    async open(at) {
      await onMessage(at, 'p')
      await expect(at.page.getByRole('dialog')).toBeVisible()
    },
  },
  {
    name: 'pinned',
    async open(at) {
      await onMessage(at, 'p')
      await at.page
        .getByRole('dialog')
        .getByRole('button', { name: at.words('pins.act'), exact: true })
        .click()
      await expect(at.page.getByRole('button', { name: at.words('pins.banner') })).toBeVisible()
      await expect(composer(at)).toBeVisible()
    },
  },
  {
    name: 'timer',
    async open(at) {
      await goTo(at, `/c/${await withMedia(at)}/info`)
      await at.page.getByRole('button', { name: at.words('expiry.title') }).click()
      await expect(at.page.getByRole('dialog')).toBeVisible()
    },
  },
]
