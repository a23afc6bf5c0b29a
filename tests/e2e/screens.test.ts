// Pictures of every screen, in two sizes, two languages, light and dark: `screenshots/`, which git ignores.
// `npm test -- tests/e2e/screens.test.ts` makes them; a run of everything does not: they are for people to look at, not to
// compare by machine. What a machine can tell of each screen is in `accessibility.test.ts`.
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from '../kit/page.ts'
import { devices, paint, screens, visit, type DeviceName } from '../kit/screens.ts'

const folder = resolve(import.meta.dirname, '../../screenshots')

const all = (Object.keys(devices) as DeviceName[]).flatMap((device) =>
  (['en', 'fr'] as const).map((language) => ({ device, language })),
)

for (const { device, language } of process.env['PALABRE_SCREENS'] === 'all' ? all : []) {
  test(`every screen can be seen: ${device}, ${language}`, async ({ browser, server }) => {
    test.setTimeout(240_000)
    await mkdir(folder, { recursive: true })
    const at = await visit(browser, server, device, language)
    for (const screen of screens) {
      await test.step(screen.name, async () => {
        await screen.open(at)
        for (const scheme of ['light', 'dark'] as const) {
          await paint(at.page, scheme)
          const path = resolve(folder, `${screen.name}-${device}-${scheme}-${language}.png`)
          await at.page.screenshot({ path, animations: 'disabled', caret: 'hide' })
        }
      })
    }
    await at.ends()
  })
}
