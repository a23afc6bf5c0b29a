// What messages are found by. Both tables follow from the log and are filled behind it (`search-index.ts`), so a
// database that is brought to this schema starts at once and is looked through afterwards.
export const sql = /* sql */ `
-- seqs: two bytes for each message of the chunk that holds the term, in no order.
CREATE TABLE search_terms (
  conversation INTEGER NOT NULL,
  chunk INTEGER NOT NULL,
  term TEXT NOT NULL,
  seqs BLOB NOT NULL,
  PRIMARY KEY (conversation, chunk, term)
) WITHOUT ROWID, STRICT;

-- Messages up to seq are in it.
CREATE TABLE search_marks (
  conversation INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL
) STRICT;
`
