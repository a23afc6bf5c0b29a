// Chooses the engine for the operator's commands, as `app.ts` does for the server.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBlobs } from '../blobs/open.ts'
import type { Blobs } from '../blobs/port.ts'
import { locateStore, readS3 } from '../config.ts'
import type { Aside } from '../store/port/aside.ts'
import type { Copies, Custody, Engine } from '../store/port/custody.ts'
import { openSqliteAside } from '../store/sqlite/accounts/aside.ts'
import { errorText } from './errors.ts'
import { exitCodes, type Terminal } from './terminal.ts'
import { sqliteCopies, sqliteCustody } from '../store/sqlite/custody.ts'

/**
 * Runs something on the accounts of a store that servers may be using.
 * Answers the exit code; what fails is one sentence.
 */
export async function withAside(
  terminal: Terminal,
  env: Environment,
  run: (store: Aside) => Promise<number>,
): Promise<number> {
  try {
    const { dataDir, mongodbUrl } = locateStore(env)
    const store = mongodbUrl === null ? openSqliteAside(dataDir) : await openMongo(mongodbUrl)
    try {
      return await run(store)
    } finally {
      await store.close()
    }
  } catch (error) {
    terminal.complain(errorText(error))
    return exitCodes.failed
  }
}

async function openMongo(url: string): Promise<Aside> {
  const { openMongoStore } = await import('../store/mongo/open.ts')
  return openMongoStore({ url })
}

export type Environment = Readonly<Record<string, string | undefined>>

export interface Place {
  /** Where a restore that is not finished may lie: on the store's own disk, where it has one here. */
  draft: string
  custody: Custody
  /** The files that people sent, as the server would open them. @throws with one sentence */
  openMedia(): Promise<Blobs>
}

/** The store that the settings name. @throws with one sentence when they are wrong */
export async function placeOf(env: Environment): Promise<Place> {
  const { dataDir, mongodbUrl } = locateStore(env)
  const openMedia = () => openBlobs({ dataDir, s3: readS3(env) })
  if (mongodbUrl === null)
    return { draft: join(dataDir, 'restore'), custody: sqliteCustody(dataDir), openMedia }
  const { mongoCustody } = await import('../store/mongo/custody.ts')
  return { draft: join(tmpdir(), 'palabre-restore'), custody: mongoCustody(mongodbUrl), openMedia }
}

/** What can be done with a copy of a store of that engine, wherever the settings point. */
export async function copiesOf(engine: Engine): Promise<Copies> {
  return engine === 'mongo' ? (await import('../store/mongo/custody.ts')).mongoCopies : sqliteCopies
}
