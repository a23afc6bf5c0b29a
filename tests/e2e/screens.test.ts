// Pictures of every screen, in two sizes, two languages, light and dark: `screenshots/`, which git ignores.
// `npm test -- tests/e2e/screens.test.ts` makes them all; a run of everything looks at half of them. They are for people
// to look at, not to compare by machine; what a machine can tell is asserted on the way: each screen shows what it is
// about, and nothing scrolls sideways.
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from '../kit/page.ts'
import { devices, expectNoSideways, paint, screens, visit, type DeviceName } from '../kit/screens.ts'

const folder = resolve(import.meta.dirname, '../../screenshots')
const narrow = { width: 320, height: 640 }

const all = (Object.keys(devices) as DeviceName[]).flatMap((device) =>
  (['en', 'fr'] as const).map((language) => ({ device, language })),
)
/** The narrowest, with the longer words. */
const some = all.filter(({ device, language }) => device === 'phone' && language === 'fr')

for (const { device, language } of process.env['PALABRE_SCREENS'] === 'all' ? all : some) {
  test(`every screen can be seen: ${device}, ${language}`, async ({ browser, server }) => {
    test.setTimeout(240_000)
    await mkdir(folder, { recursive: true })
    const at = await visit(browser, server, device, language)
    for (const screen of screens) {
      await test.step(screen.name, async () => {
        await screen.open(at)
        await expectNoSideways(at.page)
        for (const scheme of ['light', 'dark'] as const) {
          await paint(at.page, scheme)
          const path = resolve(folder, `${screen.name}-${device}-${scheme}-${language}.png`)
          await at.page.screenshot({ path, animations: 'disabled', caret: 'hide' })
        }
        if (device !== 'phone') return
        await at.page.setViewportSize(narrow)
        await expectNoSideways(at.page)
        await at.page.setViewportSize(devices.phone.viewport)
      })
    }
    await at.ends()
  })
}
