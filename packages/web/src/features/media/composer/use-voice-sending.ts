// Sends what was recorded.
import type { ConversationId, MessageId } from '@palabre/protocol'
import { useI18n } from 'vue-i18n'
import { client } from '../../../client.ts'
import { useToast } from '../../../design/use-toast.ts'
import type { Recording } from './use-recorder.ts'

export function useVoiceSending(to: () => { conversationId: string; replyTo: string | null }) {
  const { t } = useI18n()
  const toast = useToast()

  return {
    async send(recording: Recording): Promise<boolean> {
      const { conversationId, replyTo } = to()
      try {
        await client.messages.sendMedia(conversationId as ConversationId, {
          kind: 'voice',
          ...recording,
          replyTo: replyTo as MessageId | null,
        })
        return true
      } catch {
        toast.show(t('messages.compose.failed'))
        return false
      }
    },
  }
}
