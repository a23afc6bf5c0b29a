// Answering somebody who has written for the first time: letting them go on, deleting what they said, or blocking them.
import type { ConversationId, UserId } from '@palabre/protocol'
import { useRouter } from 'vue-router'
import { client } from '../../client.ts'

export function useRequest(conversationId: () => string, userId: () => string) {
  const router = useRouter()

  async function leave(act: () => Promise<void>): Promise<void> {
    await router.push({ name: 'list' })
    await act()
    await client.keeping.deleteConversation(conversationId() as ConversationId)
  }

  return {
    accept: () => void client.privacy.accept(userId() as UserId).catch(() => undefined),
    remove: () => void leave(() => Promise.resolve()).catch(() => undefined),
    block: () => void leave(() => client.privacy.block(userId() as UserId, true)).catch(() => undefined),
  }
}
