// What one does to a message: react, delete, try again, discard. Each is durable in the outbox at once and shown
// from there; a refusal comes back as the message's own error.
import type { ConversationId, MessageId } from '@palabre/protocol'
import type { ShownMessage } from '@palabre/client'
import { client } from '../../../client.ts'

export interface MessageActions {
  /** Sets my reaction, or takes it back when it is the same. */
  react(shown: ShownMessage, emoji: string): void
  remove(shown: ShownMessage): void
  /** Deletes it for me alone. */
  hide(shown: ShownMessage): void
  /** Stars it, or takes the star away. Answers whether it has one now. */
  star(shown: ShownMessage): boolean
  isStarred(shown: ShownMessage): boolean
  retry(shown: ShownMessage): void
  discard(shown: ShownMessage): void
  copy(shown: ShownMessage): Promise<void>
}

export function useMessageActions(conversationId: string): MessageActions {
  const id = conversationId as ConversationId
  const idOf = (shown: ShownMessage): MessageId => shown.message.id
  /** What was not sent is simply taken away, with its file. */
  async function remove(shown: ShownMessage): Promise<void> {
    const isTaken = shown.isPending && (await client.media.cancel(id, idOf(shown)))
    if (!isTaken) await client.messages.delete(id, idOf(shown))
  }

  return {
    react(shown, emoji) {
      const mine = shown.message.reactions.find((reaction) =>
        reaction.userIds.some((userId) => userId === client.me.get()?.id),
      )
      void client.messages.react(id, idOf(shown), mine?.emoji === emoji ? null : emoji)
    },
    hide: (shown) => void client.keeping.hide(id, idOf(shown)),
    isStarred: (shown) => client.keeping.isStarred(id, idOf(shown)),
    star(shown) {
      const isStarred = !client.keeping.isStarred(id, idOf(shown))
      void client.keeping.star(id, idOf(shown), isStarred)
      return isStarred
    },
    remove: (shown) => void remove(shown),
    retry: (shown) => void client.messages.retry(id, idOf(shown)),
    discard: (shown) => void client.messages.discard(id, idOf(shown)),
    async copy(shown) {
      const { body } = shown.message
      if ('text' in body) await navigator.clipboard.writeText(body.text)
    },
  }
}
