// What people keep for themselves of a conversation, for whoever has to respect it (KEEP-1 … KEEP-9): reads, events,
// notifications. Setting it is `features/keeping.ts`; what follows from it are the protocol's pure functions.
import { keptOf, keptPrefix, type ConversationId, type Kept, type UserId } from '@palabre/protocol'
import type { Store } from '../store/port/store.ts'

type Accounts = Pick<Store, 'account'>

export async function keptBy(store: Accounts, userId: UserId, conversationId: ConversationId): Promise<Kept> {
  return keptOf(conversationId, await store.account.under(userId, keptPrefix(conversationId)))
}
