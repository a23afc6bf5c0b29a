// The account's log: latest state by key, a dense `rev` a user.
import type { AccountEntry, ConversationId, Message, UserId } from '@palabre/protocol'

export interface AccountStore {
  /**
   * Null takes it away. What is kept of two values is settled by `settleEntry` in the commit (KEEP-1). Takes the next
   * `rev` unless nothing changes (then null is answered).
   */
  put(userId: UserId, key: string, value: AccountEntry['value']): Promise<AccountEntry | null>
  rev(userId: UserId): Promise<number>
  /** Entries changed after `rev` (those taken away too), in rev order; from 0: only those that are there. */
  since(userId: UserId, rev: number, limit?: number): Promise<AccountEntry[]>
  /** Those that are there and whose key begins with `prefix`, by key. */
  under(userId: UserId, prefix: string): Promise<AccountEntry[]>
  /** Who has cleared a message away, or deleted it for themselves (KEEP-6, KEEP-8). */
  unseenBy(
    conversationId: ConversationId,
    message: Pick<Message, 'id' | 'seq'>,
  ): Promise<Map<UserId, 'cleared' | 'hidden'>>
}
