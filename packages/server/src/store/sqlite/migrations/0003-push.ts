// Where a device is told by push: with its session, and gone with it. The endpoint beside it, because it is one browser's.
export const sql = /* sql */ `
ALTER TABLE sessions ADD COLUMN push TEXT;
ALTER TABLE sessions ADD COLUMN push_endpoint TEXT;
CREATE UNIQUE INDEX sessions_by_endpoint ON sessions (push_endpoint) WHERE push_endpoint IS NOT NULL;
`
