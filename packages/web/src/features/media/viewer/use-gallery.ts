// The media of a conversation, by sort and newest first, page by page. What comes while one looks is put in front.
import type { ConversationId } from '@palabre/protocol'
import { computed, ref, shallowRef, watch } from 'vue'
import { client, useObservable } from '../../../client.ts'
import type { ShownMessage } from '../../messages/use-conversation.ts'
import { mediaOf } from '../media-of.ts'

export type Sort = 'shown' | 'files' | 'heard'

const kinds: Record<Sort, readonly string[]> = {
  shown: ['image', 'video'],
  files: ['file'],
  heard: ['voice', 'audio'],
}

export function useGallery(conversationId: string) {
  const id = conversationId as ConversationId
  const timeline = useObservable(client.messages.timeline(id))
  const sort = ref<Sort>('shown')
  const pages = shallowRef<readonly ShownMessage[]>([])
  const hasMore = ref(false)
  const isLoading = ref(false)
  const hasFailed = ref(false)
  let turn = 0

  /** What the timeline holds is newer than what was fetched: it may be deleted there. */
  const items = computed(() => {
    const near = new Map(timeline.value.messages.map((shown) => [shown.message.id as string, shown]))
    const fetched = new Set(pages.value.map((shown) => shown.message.id as string))
    const newest = pages.value[0]?.message.seq ?? 0
    const came = timeline.value.messages.filter(
      (shown) => !shown.isPending && !fetched.has(shown.message.id) && shown.message.seq > newest,
    )
    return [...came.reverse(), ...pages.value.map((shown) => near.get(shown.message.id) ?? shown)].filter(
      ({ message }) => kinds[sort.value].includes(message.kind) && mediaOf(message) !== null,
    )
  })

  async function more(): Promise<void> {
    const mine = turn
    isLoading.value = true
    hasFailed.value = false
    try {
      const before = pages.value.at(-1)?.message.seq
      const page = await client.media.list(id, sort.value, before)
      if (mine !== turn) return
      const me = client.me.get()?.id
      const found = page.messages.map((message): ShownMessage => ({
        message,
        isMine: message.senderId === me,
        state: null,
        isPending: false,
        error: null,
        isChanging: false,
      }))
      pages.value = [...pages.value, ...found.sort((a, b) => b.message.seq - a.message.seq)]
      hasMore.value = page.hasMore
    } catch {
      if (mine === turn) hasFailed.value = true
    } finally {
      if (mine === turn) isLoading.value = false
    }
  }

  watch(
    sort,
    () => {
      turn++
      pages.value = []
      hasMore.value = false
      void more()
    },
    { immediate: true },
  )

  return { sort, items, hasMore, isLoading, hasFailed, more }
}
