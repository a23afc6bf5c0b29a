// What members have agreed on for a conversation (pins, the timer of disappearing messages), and what disappears when.
export const sql = /* sql */ `
-- JSON; NULL: nothing was ever set
ALTER TABLE conversations ADD COLUMN settings TEXT;

-- Only those that still say something and will not for ever.
CREATE INDEX messages_expiring ON messages (expires_at) WHERE expires_at IS NOT NULL AND deleted_at IS NULL;
`
