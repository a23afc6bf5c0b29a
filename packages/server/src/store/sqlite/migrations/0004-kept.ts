// Who has cleared a conversation, or deleted a message for themselves, found by the conversation and not only by the
// person: whoever tells of a change asks.
export const sql = /* sql */ `
CREATE INDEX account_kept ON account (key) WHERE key >= 'conversation:' AND key < 'conversation;';
`
