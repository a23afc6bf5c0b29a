// What `palabre migrate` is told in words, as stores and media of an engine. A URL may hold a password: nothing of it is
// ever part of a sentence.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openDiskBlobs } from '../blobs/disk.ts'
import { openBlobs } from '../blobs/open.ts'
import type { Blobs } from '../blobs/port.ts'
import { locateStore, readS3 } from '../config.ts'
import { openMongoSource, openMongoTarget } from '../store/mongo/transfer.ts'
import type { TransferSource, TransferTarget } from '../store/port/transfer.ts'
import { openSqliteSource, openSqliteTarget } from '../store/sqlite/transfer/transfer.ts'
import type { Environment } from './wiring.ts'

export type MoveEnd =
  { engine: 'sqlite'; dataDir: string } | { engine: 'mongo'; url: string; dataDir: string }

/**
 * Reads `sqlite:FOLDER`, a MongoDB URL, or `mongodb` for what MONGODB_URL says.
 * @throws with one sentence when it is none of them
 */
export function moveEndOf(text: string, env: Environment): MoveEnd {
  const [, folder] = /^sqlite:(.+)$/su.exec(text) ?? []
  if (folder !== undefined) return { engine: 'sqlite', dataDir: resolve(folder) }
  if (!/^mongodb(\+srv)?(:|$)/u.test(text))
    throw new Error(
      'a store is named by sqlite:FOLDER, by a MongoDB URL, or by mongodb for the one in MONGODB_URL',
    )
  const given = text === 'mongodb' ? {} : { MONGODB_URL: text, MONGODB_URL_FILE: undefined }
  const { mongodbUrl, dataDir } = locateStore({ ...env, STORE: 'mongo', ...given })
  if (mongodbUrl === null) throw new Error('MONGODB_URL is not given')
  return { engine: 'mongo', url: mongodbUrl, dataDir }
}

/** @throws when there is no store, or somebody uses it */
export async function openSource(end: MoveEnd): Promise<TransferSource> {
  return end.engine === 'sqlite' ? openSqliteSource(end.dataDir) : openMongoSource(end.url)
}

/** @throws when somebody uses it */
export async function openTarget(end: MoveEnd): Promise<TransferTarget> {
  return end.engine === 'sqlite' ? openSqliteTarget(end.dataDir) : openMongoTarget(end.url)
}

/** Where the media of both ends are; null: both have the same, or there are none to move. */
export async function openMedia(
  from: MoveEnd,
  to: MoveEnd,
  env: Environment,
): Promise<{ from: Blobs; to: Blobs } | null> {
  const s3 = readS3(env)
  const folderOf = (end: MoveEnd) =>
    s3 !== null && end.engine === 'mongo' ? null : join(end.dataDir, 'media')
  const [folder, target] = [folderOf(from), folderOf(to)]
  if (folder === target || (folder !== null && !existsSync(folder))) return null
  const open = (at: string | null, dataDir: string) =>
    at === null ? openBlobs({ dataDir, s3 }) : openDiskBlobs(at)
  return { from: await open(folder, from.dataDir), to: await open(target, to.dataDir) }
}
