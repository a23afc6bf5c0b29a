// What is to be sent later, by its time: every node looks for what is due.
export const sql = /* sql */ `
CREATE INDEX account_scheduled ON account (json_extract(value, '$.sendAt'))
  WHERE key >= 'scheduled:' AND key < 'scheduled;';
`
