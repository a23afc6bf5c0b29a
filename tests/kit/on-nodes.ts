// A suite for three nodes, which need MongoDB. Where it is not there, or STORES asks for others, the suite is skipped and
// counted as skipped; its title says why.
import { describe } from 'vitest'
import { absenceOf, stores } from './stores.ts'

export function onThreeNodes(suite: () => void): void {
  const absence = stores.includes('mongo') ? absenceOf('mongo') : 'STORES does not name it'
  const title = absence === null ? 'three nodes on mongo' : `three nodes on mongo (${absence})`
  describe.skipIf(absence !== null)(title, suite)
}
