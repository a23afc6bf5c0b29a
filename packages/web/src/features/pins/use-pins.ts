// The pins of the open conversation that are still to be shown: their time is not over, and their message can be read.
import type { ConversationId, Message, Pin } from '@palabre/protocol'
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { client } from '../../client.ts'
import type { OpenConversation } from '../messages/use-conversation.ts'

/** The latest first. */
export function usePins(open: OpenConversation): Readonly<Ref<readonly Message[]>> {
  const shown = shallowRef<readonly Message[]>([])
  const tick = ref(0)
  let timer: ReturnType<typeof setTimeout> | undefined
  const pins = (): readonly Pin[] => open.view.value?.conversation.settings.pins ?? []

  watch(
    [() => pins(), () => open.view.value?.conversation.rev, tick],
    async () => {
      clearTimeout(timer)
      const now = Date.now()
      const current = pins().filter(({ until }) => until > now)
      const found = await Promise.all(
        current.map(({ messageId }) =>
          client.messages.get(open.id as ConversationId, messageId).catch(() => null),
        ),
      )
      shown.value = found
        .filter((message) => message !== null)
        .filter((message) => message.deletedAt === null)
        .reverse()
      const ends = current.map(({ until }) => until - now)
      if (ends.length > 0) timer = setTimeout(() => tick.value++, Math.min(...ends, 2 ** 31 - 1))
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))
  return shown
}
