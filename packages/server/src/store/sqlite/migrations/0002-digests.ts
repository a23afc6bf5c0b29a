// Digests of the log (decision 0008): those of full blocks in a table, the open block's in the conversation's row.
// What is there already is summed up from the messages, some thousand rows at a time.
import type { Database } from 'better-sqlite3'
import { digestsOfLog, keepDigests } from '../kept-digests.ts'

export const sql = /* sql */ `
ALTER TABLE conversations ADD COLUMN open_digest INTEGER NOT NULL DEFAULT 0;

CREATE TABLE digests (
  conversation INTEGER NOT NULL,
  block INTEGER NOT NULL,
  digest INTEGER NOT NULL,
  PRIMARY KEY (conversation, block)
) WITHOUT ROWID, STRICT;
`

export function fill(db: Database): void {
  const conversations = db
    .prepare<[], [number, number]>('SELECT key, last_seq FROM conversations')
    .raw()
    .all()
  for (const [key, lastSeq] of conversations) keepDigests(db, key, digestsOfLog(db, key, lastSeq))
}
