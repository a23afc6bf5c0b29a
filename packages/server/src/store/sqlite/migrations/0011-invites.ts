// Invitations to the server, and what people are known by besides their password.
export const sql = /* sql */ `
CREATE TABLE invites (
  id TEXT PRIMARY KEY,
  code_hash TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  inviter_id TEXT,
  uses INTEGER NOT NULL,
  uses_left INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
) WITHOUT ROWID, STRICT;

CREATE TABLE credentials (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  rev INTEGER NOT NULL,
  -- opaque JSON: hashes of codes
  value TEXT NOT NULL
) WITHOUT ROWID, STRICT;
`
