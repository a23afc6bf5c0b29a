// Reports with their copies; whom and which media they concern; and the hashes of bytes that were removed for good.
export const sql = /* sql */ `
CREATE TABLE reports (
  id TEXT PRIMARY KEY,
  subject_id TEXT NOT NULL,
  -- what the same person cannot report twice; null once it is closed
  matter TEXT UNIQUE,
  closed_at INTEGER,
  -- JSON of the whole
  facts TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX reports_open ON reports (id) WHERE closed_at IS NULL;
CREATE INDEX reports_closed ON reports (id) WHERE closed_at IS NOT NULL;
CREATE INDEX reports_by_subject ON reports (subject_id);

CREATE TABLE report_people (
  user_id TEXT NOT NULL,
  report_id TEXT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
  PRIMARY KEY (user_id, report_id)
) WITHOUT ROWID, STRICT;
CREATE INDEX report_people_by_report ON report_people (report_id);

CREATE TABLE report_media (
  media_id TEXT NOT NULL,
  report_id TEXT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
  PRIMARY KEY (media_id, report_id)
) WITHOUT ROWID, STRICT;
CREATE INDEX report_media_by_report ON report_media (report_id);

CREATE TABLE banned (
  blob_id TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
`
