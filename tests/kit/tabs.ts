// Several tabs of one person in one browser: one session, one cache, a leader and its followers.
import { memoryCache, type Cache } from '@palabre/client'
import { createBrowser, type KitBrowser, type KitTab } from '../../packages/client/src/tabs/kit/browser.ts'
import type { Device, DeviceOptions, KeptSession } from './device.ts'
import type { Person } from './people.ts'

export interface TabDevice extends Device {
  /** Gone from one moment to the next, as in a crash. */
  kill(): Promise<void>
  readonly tab: KitTab
}

export interface TabFamily {
  readonly browser: KitBrowser
  /** What all of them share. */
  readonly cache: Cache
  readonly session: KeptSession
  opens(options?: DeviceOptions): Promise<TabDevice>
}

/** A browser in which a person opens tabs; the first one leads. */
export function tabsOf(person: Person): TabFamily {
  const browser = createBrowser()
  const cache = memoryCache()
  const session: KeptSession = { current: null }
  return {
    browser,
    cache,
    session,
    async opens(options = {}) {
      const tab = browser.tab()
      const device = await person.opens({ ...options, session, tab: { tab, cache } })
      return Object.assign(device, {
        tab,
        async kill() {
          tab.kill()
          await device.stop().catch(() => undefined)
        },
      })
    },
  }
}
