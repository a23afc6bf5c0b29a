// What an entry asks of the server, by the table of operations. An edit without a base takes that of the message as it
// is now (OUT-4).
import type { AccountEntry, ConversationId, Message, MessageId } from '@palabre/protocol'
import type { OutboxEntry } from '../cache/port.ts'
import type { Call } from '../connection/connection.ts'

export type Perform = (entry: OutboxEntry) => Promise<Message | null>

export function createPerform(
  call: Call,
  bodyRevOf: (id: ConversationId, messageId: MessageId) => Promise<number>,
  onKept?: (entry: AccountEntry) => void,
): Perform {
  return async (entry) => {
    const { operation } = entry
    switch (operation.name) {
      case 'sendMessage':
        return (await call('sendMessage', operation.input)).message ?? null
      case 'editMessage': {
        const bodyRev = operation.input.bodyRev ?? (await bodyRevOf(entry.conversationId, entry.messageId))
        return (await call('editMessage', { ...operation.input, bodyRev })).message
      }
      case 'deleteMessage':
      case 'react':
      case 'votePoll':
      case 'closePoll':
        // Each name goes with its own input; the compiler sees only that all are one of several.
        return (await call(operation.name, operation.input as never)).message
      case 'keep': {
        const { entry: kept } = await call('keep', operation.input)
        if (kept) onKept?.(kept)
        return null
      }
    }
  }
}
