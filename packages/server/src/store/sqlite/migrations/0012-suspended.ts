// Since when an account may not sign in, by an operator's word.
export const sql = /* sql */ `
ALTER TABLE users ADD COLUMN suspended_at INTEGER;
`
