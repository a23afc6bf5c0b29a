// A suite for each store. One whose store is not there is skipped and counted as skipped; its title says why.
import { describe } from 'vitest'
import { absenceOf, stores, type StoreName } from './stores.ts'

type Suite = (store: StoreName) => void

interface Options {
  timeout?: number
  /** For what only some have; the suite says why. */
  only?: readonly StoreName[]
  /** It takes long: a run of everything does it on SQLite alone; who names the file has it on every store. */
  isLong?: boolean
}

/** Describes the same on every store: `%s` in the title is its name. */
export function onEachStore(title: string, suite: Suite): void
export function onEachStore(title: string, options: Options, suite: Suite): void
export function onEachStore(title: string, ...rest: [Suite] | [Options, Suite]): void {
  const [{ only = stores, isLong = false, ...options }, suite] = rest.length === 1 ? [{}, rest[0]] : rest
  for (const store of stores) {
    if (!only.includes(store)) continue
    const absence = absenceOf(store) ?? (isLong ? shortnessOf(store) : null)
    const name = title.replace('%s', absence === null ? store : `${store} (${absence})`)
    describe.skipIf(absence !== null)(name, options, () => suite(store))
  }
}

/** Why a long suite is not for this run; null: it is. */
export function shortnessOf(store: StoreName): string | null {
  return store === 'sqlite' || process.env['PALABRE_LONG'] !== '0' ? null : 'long: name the file to run it'
}

/** The same for three nodes, which need MongoDB. */
export function onThreeNodes(suite: () => void): void {
  const absence = stores.includes('mongo') ? absenceOf('mongo') : 'STORES does not name it'
  const title = absence === null ? 'three nodes on mongo' : `three nodes on mongo (${absence})`
  describe.skipIf(absence !== null)(title, suite)
}
