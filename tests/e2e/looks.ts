// A page as it is looked at: by axe, and by who asked for pictures.
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** What axe finds on the page as it is now, with the first place of each. */
export async function expectNoBarrier(page: Page): Promise<void> {
  // In one page: the other way opens a second one for its report, which costs as much as the look.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
}

/** Into the folder of `SHOTS`, if there is one. */
export async function shot(page: Page, name: string, fullPage = false): Promise<void> {
  const folder = process.env['SHOTS']
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage })
}
