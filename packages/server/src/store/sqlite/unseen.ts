// The condition on `messages` that leaves out what a person has cleared, or deleted for themselves (KEEP-6, KEEP-8),
// or was said while its sender was blocked (BLK-2), by the keys of `keeping.ts`. For counting; what is read is left out by `core/visibility.ts`.

/** Both are expressions of the statement around it: the conversation's id, and the user's. */
export function isSeen(conversationId: string, userId: string): string {
  const entry = `FROM account WHERE account.user_id = ${userId} AND account.value IS NOT NULL AND account.key =
    'conversation:' || ${conversationId}`
  return `messages.seq > ifnull((SELECT json_extract(account.value, '$.clearedSeq') ${entry} || ':clear'), 0)
    AND NOT EXISTS (SELECT 1 ${entry} || ':hide:' || messages.id)
    AND NOT EXISTS (SELECT 1 FROM account, json_each(account.value, '$.silences') AS silence
      WHERE account.user_id = ${userId} AND account.value IS NOT NULL
        AND account.key = 'conversation:' || ${conversationId} || ':silence'
        AND messages.seq >= json_extract(silence.value, '$[0]')
        AND messages.seq <= ifnull(json_extract(silence.value, '$[1]'), messages.seq))`
}
