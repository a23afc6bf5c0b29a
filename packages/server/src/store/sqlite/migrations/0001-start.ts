// The first schema. One row a message, never one a recipient.
// Conversations have a small integer beside their id, because every message and member carries it.
// Kept as text in TypeScript so that it travels inside the bundle.
export const sql = /* sql */ `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  skeleton TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  -- the display name without case and marks: the order of lists
  sort_name TEXT NOT NULL,
  about TEXT NOT NULL DEFAULT '',
  avatar_id TEXT,
  rev INTEGER NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

-- What a person is found by: the username, and the name from each of its words on; without case and marks.
CREATE TABLE user_terms (
  term TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (term, user_id)
) WITHOUT ROWID, STRICT;
CREATE INDEX user_terms_by_user ON user_terms (user_id);

CREATE TABLE last_seen (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  at INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  device_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  rotated_at INTEGER NOT NULL,
  is_confirmed INTEGER NOT NULL,
  salt TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, last_used_at);

-- What belongs to one person; a value of NULL was taken away, its row stays so that its rev is told.
CREATE TABLE account (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  rev INTEGER NOT NULL,
  value TEXT,
  PRIMARY KEY (user_id, key)
) WITHOUT ROWID, STRICT;
CREATE UNIQUE INDEX account_by_rev ON account (user_id, rev);

CREATE TABLE conversations (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  -- of a direct one: both user ids, the lower first
  pair TEXT UNIQUE,
  title TEXT,
  description TEXT NOT NULL DEFAULT '',
  avatar_id TEXT,
  created_by TEXT NOT NULL REFERENCES users (id),
  created_at INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  members_rev INTEGER NOT NULL,
  member_count INTEGER NOT NULL,
  active_at INTEGER NOT NULL
) STRICT;

-- Present members only. role: 0 member, 1 admin, 2 owner.
CREATE TABLE members (
  conversation INTEGER NOT NULL REFERENCES conversations (key) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id),
  role INTEGER NOT NULL,
  joined_at INTEGER NOT NULL,
  joined_seq INTEGER NOT NULL,
  joined_rev INTEGER NOT NULL,
  delivered_seq INTEGER NOT NULL,
  read_seq INTEGER NOT NULL,
  PRIMARY KEY (conversation, user_id)
) WITHOUT ROWID, STRICT;
CREATE INDEX members_by_user ON members (user_id, conversation);

-- No foreign keys here: only the log writes this table, after it has looked at conversation and sender.
CREATE TABLE messages (
  conversation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  -- the rev that it was stored under
  first_rev INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  body_rev INTEGER NOT NULL,
  id TEXT NOT NULL,
  sender_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- opaque JSON
  body TEXT NOT NULL,
  reply_to TEXT,
  -- JSON; NULL for an empty list
  mentions TEXT,
  reactions TEXT,
  created_at INTEGER NOT NULL,
  sent_at INTEGER NOT NULL,
  edited_at INTEGER,
  deleted_at INTEGER,
  pinned_at INTEGER,
  expires_at INTEGER,
  forwarded INTEGER NOT NULL DEFAULT 0,
  changes INTEGER NOT NULL DEFAULT 0,
  hash TEXT NOT NULL,
  PRIMARY KEY (conversation, seq)
) WITHOUT ROWID, STRICT;
-- Ids are made in the order of time: with the id first, the messages of all conversations that share a commit
-- share its last page too.
CREATE UNIQUE INDEX messages_by_id ON messages (id, conversation);
-- Only of those that have changed: an append would pay for a page of its own here. The others are found by
-- first_rev, which grows with seq.
CREATE UNIQUE INDEX messages_by_rev ON messages (conversation, rev) WHERE changes > 0;

-- Changes and group creations that were made already (LOG-7). seq: of the changed message, or 1.
CREATE TABLE operations (
  user_id TEXT NOT NULL,
  op_id TEXT NOT NULL,
  conversation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (user_id, op_id)
) WITHOUT ROWID, STRICT;
`
