// The account's log: latest state by key, a dense `rev` a user.
import type { AccountEntry, ConversationId, Message, ScheduleValue, UserId } from '@palabre/protocol'

/** A message whose time has come. */
export interface Due {
  userId: UserId
  key: string
  value: ScheduleValue
}

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
  /** Of everybody: entries under `schedulePrefix` whose `sendAt` is `now` or earlier, the earliest first (SCH-1). */
  due(now: number, limit: number): Promise<Due[]>
  /** Who has something under this key, which is about a conversation (`keptPrefix`), and what. */
  holdersOf(key: string): Promise<Map<UserId, AccountEntry['value']>>
  /** Who has cleared a message away, deleted it for themselves (KEEP-6, KEEP-8), or had blocked who said it (BLK-2). */
  unseenBy(
    conversationId: ConversationId,
    message: Pick<Message, 'id' | 'seq' | 'senderId' | 'kind'>,
  ): Promise<Map<UserId, 'cleared' | 'hidden'>>
}
