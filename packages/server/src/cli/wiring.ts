// Chooses the engine for the operator's commands, as `app.ts` does for the server.
import { locateStore } from '../config.ts'
import type { Copies, Custody, Engine } from '../store/port/custody.ts'
import { sqliteCopies, sqliteCustody } from '../store/sqlite/custody.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Place {
  /** Where what is not finished may lie: on the store's own disk, where it has one here. */
  scratchDir: string
  custody: Custody
}

/** The store that the settings name. @throws with one sentence when they are wrong */
export function placeOf(env: Environment): Place {
  const { dataDir } = locateStore(env)
  return { scratchDir: dataDir, custody: sqliteCustody(dataDir) }
}

/** What can be done with a copy of a store of that engine, wherever the settings point. */
export function copiesOf(engine: Engine): Copies {
  if (engine !== sqliteCopies.engine) throw new Error(`this program cannot read a store of ${engine}`)
  return sqliteCopies
}
