// Pins a message, and takes pins away. Neither is kept for later: without a network it says that it could not be done.
import type { ConversationId, MessageId } from '@palabre/protocol'
import { client } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'

export function usePinning(conversationId: string) {
  const id = conversationId as ConversationId
  const toast = useToast()
  const errors = useErrorSentence()
  return {
    /** @throws what the server says */
    pin: (messageId: string, forMs: number) => client.conversations.pin(id, messageId as MessageId, forMs),
    unpin(messageId: string): void {
      client.conversations
        .unpin(id, messageId as MessageId)
        .catch((reason: unknown) => toast.show(errors.sentenceOf(reason)))
    },
  }
}
