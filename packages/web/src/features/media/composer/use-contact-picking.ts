// The people whose card one may send, and the sending of it.
import type { ConversationId } from '@palabre/protocol'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { client, useObservable } from '../../../client.ts'
import { useToast } from '../../../design/use-toast.ts'

export function useContactPicking(conversationId: () => string) {
  const { t } = useI18n()
  const toast = useToast()
  const contacts = useObservable(client.users.contacts)
  const me = useObservable(client.me)
  const people = computed(() => [...contacts.value, ...(me.value ? [me.value] : [])])

  return {
    matching(query: string) {
      const wanted = query.trim().toLocaleLowerCase()
      return people.value.filter(({ displayName, username }) =>
        `${displayName} ${username}`.toLocaleLowerCase().includes(wanted),
      )
    },
    async send(userId: string): Promise<boolean> {
      const user = people.value.find((one) => one.id === userId)
      if (user === undefined) return false
      try {
        const card = { name: user.displayName, userId: user.id, phones: [], emails: [] }
        await client.messages.sendCard(conversationId() as ConversationId, card)
        return true
      } catch {
        toast.show(t('messages.compose.failed'))
        return false
      }
    },
  }
}
