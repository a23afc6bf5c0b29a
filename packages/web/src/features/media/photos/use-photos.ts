// The photos of people and groups, for every avatar of the page. In the first load it only knows who has one; what
// fetches and keeps them comes with the first photo.
import type { ConversationId, UserId } from '@palabre/protocol'
import { computed, onScopeDispose, provide, ref, watch } from 'vue'
import { client, useObservable } from '../../../client.ts'
import { photosKey } from '../../../design/photo.ts'

/** For the page: its avatars show photos from here on. */
export function providePhotos(): void {
  provide(photosKey, (of, id, isLarge) => {
    const url = ref<string | null>(null)
    const user = useObservable(() => client.users.user(id() as UserId))
    const view = useObservable(() => client.conversations.one(id() as ConversationId))
    const mediaId = computed(() =>
      of === 'user' ? (user.value?.avatarId ?? null) : (view.value?.conversation.avatarId ?? null),
    )
    let letGo: (() => void) | null = null
    let turn = 0

    async function show(wanted: string | null, part: 'media' | 'thumbnail'): Promise<void> {
      const mine = ++turn
      const before = letGo
      letGo = null
      if (wanted === null) url.value = null
      else {
        try {
          const { borrow } = await import('../use-media-url.ts')
          const borrowed = await borrow({ mediaId: wanted, part })
          if (mine === turn) {
            letGo = borrowed.letGo
            url.value = borrowed.url
          } else borrowed.letGo()
        } catch {
          // Initials then; the next time that it is drawn it is asked for again.
          if (mine === turn) url.value = null
        }
      }
      before?.()
    }

    watch([mediaId, isLarge], ([wanted, large]) => void show(wanted, large ? 'media' : 'thumbnail'), {
      immediate: true,
    })
    onScopeDispose(() => {
      turn++
      letGo?.()
    })
    return url
  })
}
