// Sets how long new messages of a conversation stay.
import type { ConversationId } from '@palabre/protocol'
import { client } from '../../client.ts'

export function useTimer(conversationId: string) {
  return {
    /** `ms`: null for ever. @throws what the server says */
    set: (ms: number | null) => client.conversations.setTimer(conversationId as ConversationId, ms),
  }
}
