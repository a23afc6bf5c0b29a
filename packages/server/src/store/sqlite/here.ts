// A second writing connection, on the server's own thread, for when that is cheaper than waking another one
// (`place.ts` decides, `writer.ts` takes care that only one of the two writes). It never copies the log home: that
// takes as long as a disk likes, and is left to the writer's thread.
import { join } from 'node:path'
import { createCommitter, type Committer } from './committer.ts'
import { openWriter } from './connection.ts'
import { databaseFile } from './wire.ts'

export interface Here extends Committer {
  close(): void
}

/** To be opened after the writer's thread has locked and migrated the database. Null where nothing is to be written here. */
export function openHere(dataDir: string): Here | null {
  const db = openWriter(join(dataDir, databaseFile))
  db.pragma('wal_autocheckpoint = 0')
  return { ...createCommitter(db), close: () => void db.close() }
}
