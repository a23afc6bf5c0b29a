// Pictures of every screen, in two sizes, three languages, light and dark, and all of them on one page:
// `screenshots/index.html`, which git ignores. `npm test -- tests/e2e/screens.test.ts` makes them; a run of everything does not:
// they are for people to look at, not to compare by machine. `PALABRE_LOOK=phone,ar` makes those of one size and language.
// What a machine can tell of each screen is in `accessibility.test.ts`.
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { contactSheet } from '../kit/contact-sheet.ts'
import { moreScreens } from '../kit/more-screens.ts'
import { expectNoSideways, devices, paint, screens, visit, type DeviceName } from '../kit/screens.ts'
import { expect, test } from '../kit/page.ts'

const folder = resolve(import.meta.dirname, '../../screenshots')
/** Signed in, before the walk goes offline: what comes from there on ends in being signed out. */
const offline = screens.findIndex(({ name }) => name === 'offline')
const walk = [...screens.slice(0, offline), ...moreScreens, ...screens.slice(offline)]

const wanted = process.env['PALABRE_LOOK']
const all = (Object.keys(devices) as DeviceName[])
  .flatMap((device) => (['en', 'fr', 'ar'] as const).map((language) => ({ device, language })))
  .filter(({ device, language }) => wanted === undefined || wanted === `${device},${language}`)

const looks = (['desk', 'phone'] as const).flatMap((device) =>
  ['light-en', 'dark-en', 'light-fr', 'light-ar', 'dark-ar'].map((look) => ({
    name: `${device}-${look}`,
    width: device === 'desk' ? 480 : 139,
  })),
)

if (process.env['PALABRE_SCREENS'] === 'all') {
  for (const { device, language } of all) {
    test(`every screen can be seen: ${device}, ${language}`, async ({ browser, server }) => {
      test.setTimeout(600_000)
      await mkdir(folder, { recursive: true })
      const at = await visit(browser, server, device, language)
      const missed: string[] = []
      for (const screen of walk) {
        await test.step(screen.name, async () => {
          // One that cannot be reached is told of at the end: the others are still worth looking at.
          try {
            await screen.open(at)
            await expectNoSideways(at.page)
          } catch (error) {
            missed.push(`${screen.name}: ${String(error).slice(0, 600)}`)
          }
          for (const scheme of ['light', 'dark'] as const) {
            await paint(at.page, scheme)
            const path = resolve(folder, `${screen.name}-${device}-${scheme}-${language}.png`)
            await at.page.screenshot({ path, animations: 'disabled', caret: 'hide' })
          }
        })
      }
      await at.ends()
      expect(missed).toEqual([])
    })
  }

  test.afterAll(async () => {
    const names = walk.map(({ name }) => name)
    await contactSheet(folder, names, looks)
  })
}
