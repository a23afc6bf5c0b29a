// Chooses the engine for the operator's commands, as `app.ts` does for the server.
import { locateStore } from '../config.ts'
import type { Custody } from '../store/port/custody.ts'
import { sqliteCustody } from '../store/sqlite/custody.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Place {
  dataDir: string
  custody: Custody
}

/** The store that the settings name. @throws with one sentence when they are wrong */
export function placeOf(env: Environment): Place {
  const { dataDir } = locateStore(env)
  return { dataDir, custody: sqliteCustody(dataDir) }
}
