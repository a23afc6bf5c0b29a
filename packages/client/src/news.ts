// Who hears of what changed: each part that shows something of it.
import type { ConversationId, UserId } from '@palabre/protocol'
import type { Conversations } from './features/conversations.ts'
import type { Messages } from './features/messages.ts'
import type { Receipts } from './features/receipts.ts'
import type { Users } from './features/users.ts'
import type { Outbox } from './outbox/door.ts'
import type { Expiry } from './sync/expiry.ts'
import type { KeptView } from './sync/kept.ts'

export interface NewsParts {
  expiry: Pick<Expiry, 'moved'>
  outbox: Pick<Outbox, 'caughtUp'>
  waiting: { invalidate(): void }
  kept: Pick<KeptView, 'changed'>
  users: Pick<Users, 'changed' | 'contactsChanged'>
  messages: Pick<Messages, 'changed'>
  conversations: Pick<Conversations, 'changed' | 'usersChanged'>
  receipts: Pick<Receipts, 'changed'>
}

export interface News {
  everything(): void
  /** What one keeps for oneself. `isStart`: all of it was just read. */
  kept(isStart: boolean): void
  users(ids: ReadonlySet<UserId>): void
  conversation(id: ConversationId): void
}

export function createNews(parts: NewsParts): News {
  const { expiry, outbox, waiting, users, conversations } = parts
  const drawn = [parts.messages, conversations, parts.receipts]
  const news: News = {
    everything() {
      expiry.moved(null)
      for (const part of drawn) part.changed(null)
      waiting.invalidate()
    },
    kept(isStart) {
      const changed = parts.kept.changed(isStart)
      for (const id of changed.conversations) news.conversation(id)
      news.users(changed.users)
      users.contactsChanged()
    },
    users(ids) {
      if (ids.size === 0) return
      users.changed(ids)
      conversations.usersChanged(ids)
    },
    conversation(id) {
      expiry.moved(id)
      outbox.caughtUp(id)
      for (const part of drawn) part.changed(id)
    },
  }
  return news
}
