// What people upload, the blobs that this speaks for, and what finds the messages that show it.
export const sql = `
-- bytes: what it weighs in its owner's quota. facts: JSON of everything that nothing is looked for by.
CREATE TABLE media (
  id TEXT PRIMARY KEY,
  owner_id TEXT NOT NULL REFERENCES users (id),
  state TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  touched_at INTEGER NOT NULL,
  blob_id TEXT,
  thumb_id TEXT,
  facts TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX media_by_owner ON media (owner_id);
CREATE INDEX media_by_blob ON media (blob_id) WHERE blob_id IS NOT NULL;
CREATE INDEX media_by_thumb ON media (thumb_id) WHERE thumb_id IS NOT NULL;

CREATE TABLE blobs (
  id TEXT PRIMARY KEY,
  reserved_at INTEGER NOT NULL,
  is_condemned INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

CREATE INDEX messages_by_media ON messages (json_extract(body, '$.media.id'))
  WHERE kind IN ('image', 'video', 'voice', 'audio', 'file');
CREATE INDEX messages_gallery ON messages (conversation, seq, kind)
  WHERE kind IN ('image', 'video', 'voice', 'audio', 'file');
`
