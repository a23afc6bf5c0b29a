// Writing to someone whose card was shared.
import type { UserId } from '@palabre/protocol'
import { useRouter } from 'vue-router'
import { client } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'

export function useCard() {
  const router = useRouter()
  const toast = useToast()
  const { sentenceOf } = useErrorSentence()

  async function write(userId: string): Promise<void> {
    try {
      const conversationId = await client.conversations.openDirect(userId as UserId)
      await router.push({ name: 'conversation', params: { conversationId } })
    } catch (error) {
      toast.show(sentenceOf(error))
    }
  }

  return { write, isMe: (userId: string) => client.me.get()?.id === userId }
}
