// The pages of starred messages, and what each of them is called where it was said. A star that goes, here or on another
// device, takes its row away at once.
import type { ConversationId, Message, MessageId } from '@palabre/protocol'
import { computed, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { client, useObservable } from '../../client.ts'
import { kindWords } from '../messages/kind-words.ts'

export interface StarredRow {
  id: MessageId
  conversationId: ConversationId
  title: string
  isGroup: boolean
  otherId: string | null
  /** Empty where the title says it. */
  sender: string
  words: string
  createdAt: number
}

export function useStarred() {
  const { t } = useI18n()
  const stars = useObservable(client.keeping.stars)
  const list = useObservable(client.conversations.list)
  const me = useObservable(client.me)
  const messages = shallowRef<readonly Message[]>([])
  const cursor = ref<string | null>(null)
  const isLoading = ref(false)
  const error = shallowRef<unknown>(null)

  async function more(): Promise<void> {
    if (isLoading.value) return
    isLoading.value = true
    error.value = null
    try {
      const page = await client.keeping.starred(cursor.value)
      messages.value = [...messages.value, ...page.messages]
      cursor.value = page.cursor
    } catch (thrown) {
      error.value = thrown
    }
    isLoading.value = false
  }
  void more()

  const rows = computed(() => messages.value.filter(isStarred).map(rowOf))

  function isStarred({ conversationId, id }: Message): boolean {
    return stars.value.has(`${conversationId}:${id}`)
  }

  function rowOf(message: Message): StarredRow {
    const { id, conversationId, createdAt, senderId } = message
    const view = list.value.conversations.find(({ conversation }) => conversation.id === conversationId)
    const isMine = senderId === me.value?.id
    const isGroup = view?.conversation.kind === 'group'
    const name = client.users.user(senderId).get()?.displayName ?? t('list.someone')
    return {
      id,
      conversationId,
      createdAt,
      isGroup,
      title: view?.title ?? '',
      otherId: view?.other?.id ?? null,
      sender: isMine ? t('list.you') : isGroup ? name : '',
      words: kindWords(message, t),
    }
  }

  return {
    rows,
    hasMore: computed(() => cursor.value !== null),
    isLoading,
    error,
    more,
    unstar: (row: StarredRow) => void client.keeping.star(row.conversationId, row.id, false),
  }
}
