// What one does to a message: react, delete, try again, discard. Each is durable in the outbox at once and shown
// from there; a refusal comes back as the message's own error.
import type { ConversationId, MessageId } from '@palabre/protocol'
import type { ShownMessage } from '@palabre/client'
import { client } from '../../../client.ts'

export interface MessageActions {
  /** Sets my reaction, or takes it back when it is the same. */
  react(shown: ShownMessage, emoji: string): void
  remove(shown: ShownMessage): void
  retry(shown: ShownMessage): void
  discard(shown: ShownMessage): void
  copy(shown: ShownMessage): Promise<void>
}

export function useMessageActions(conversationId: string): MessageActions {
  const id = conversationId as ConversationId
  const idOf = (shown: ShownMessage): MessageId => shown.message.id
  return {
    react(shown, emoji) {
      const mine = shown.message.reactions.find((reaction) =>
        reaction.userIds.some((userId) => userId === client.me.get()?.id),
      )
      void client.messages.react(id, idOf(shown), mine?.emoji === emoji ? null : emoji)
    },
    remove: (shown) => void client.messages.delete(id, idOf(shown)),
    retry: (shown) => void client.messages.retry(id, idOf(shown)),
    discard: (shown) => void client.messages.discard(id, idOf(shown)),
    async copy(shown) {
      if (shown.message.kind === 'text') await navigator.clipboard.writeText(shown.message.body.text)
    },
  }
}
