// Who runs the server, who invited whom, from where a device was last renewed and when its owner proved who they are;
// and the record of sensitive acts, which nothing can change.
export const sql = /* sql */ `
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'member';
ALTER TABLE users ADD COLUMN invited_by TEXT;
ALTER TABLE sessions ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN proved_at INTEGER NOT NULL DEFAULT 0;

-- Ids are made in the order of time.
CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  actor_id TEXT,
  act TEXT NOT NULL,
  subject_id TEXT,
  details TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the record only grows'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the record only grows'); END;
`
