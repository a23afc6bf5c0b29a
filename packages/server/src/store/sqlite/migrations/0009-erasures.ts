// Who has asked to be erased, and who was. No foreign key: after a restore it may name people who are not there.
export const sql = /* sql */ `
CREATE TABLE erasures (
  user_id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  name_hash TEXT NOT NULL,
  name_until INTEGER NOT NULL,
  -- JSON of the whole
  facts TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX erasures_open ON erasures (due_at) WHERE state <> 'done';
CREATE INDEX erasures_by_name ON erasures (name_hash);
`
