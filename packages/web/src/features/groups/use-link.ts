// The invite link of a group: its code as admins are shown it, and making, replacing and taking it away (LINK-1).
import type { ConversationId } from '@palabre/protocol'
import { computed, ref, watch } from 'vue'
import { client } from '../../client.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'
import type { OpenConversation } from '../messages/use-conversation.ts'

const hour = 60 * 60_000
/** How long a link may hold; null: until it is turned off. */
export const lifeMs = { day: 24 * hour, week: 7 * 24 * hour, month: 30 * 24 * hour, ever: null } as const
export type Life = keyof typeof lifeMs
/** How many may come by it; null: as many as there are places. */
export const uses = { all: null, one: 1, ten: 10, fifty: 50 } as const
export type Uses = keyof typeof uses

export interface LinkChoice {
  life: Life
  uses: Uses
  needsApproval: boolean
}

export function useLink(open: OpenConversation) {
  const id = open.id as ConversationId
  const errors = useErrorSentence()
  const code = ref<string | null>(null)
  const isBusy = ref(false)
  const error = ref('')
  const link = computed(() => open.view.value?.conversation.settings.link ?? null)

  async function attempt(run: () => Promise<unknown>): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    error.value = ''
    try {
      await run()
      return true
    } catch (reason) {
      error.value = errors.sentenceOf(reason)
      return false
    } finally {
      isBusy.value = false
    }
  }

  // Another admin, or another device, may replace it meanwhile.
  watch(
    () => link.value?.salt,
    async (salt) => {
      code.value = null
      if (salt !== undefined) code.value = await client.groups.link(id).catch(() => null)
    },
    { immediate: true },
  )

  return {
    link,
    /** To be handed on; null while it is not known. */
    url: computed(() => (code.value === null ? null : `${location.origin}/join/${code.value}`)),
    isBusy,
    error,
    make: (choice: LinkChoice) =>
      attempt(() =>
        client.groups.makeLink(id, {
          expiresInMs: lifeMs[choice.life],
          maxUses: uses[choice.uses],
          needsApproval: choice.needsApproval,
        }),
      ),
    drop: () => attempt(() => client.groups.dropLink(id)),
  }
}
