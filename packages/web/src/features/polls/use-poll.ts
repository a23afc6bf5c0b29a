// A poll as it is drawn: what each option has, what is mine, and voting, which shows at once (POLL-2).
import { hasRole, type ConversationId, type PollBody } from '@palabre/protocol'
import { computed } from 'vue'
import { client } from '../../client.ts'
import { useConversation, type ShownMessage } from '../messages/use-conversation.ts'

export interface PollOption {
  readonly text: string
  readonly userIds: readonly string[]
  readonly isMine: boolean
  /** Of those who voted, from 0 to 1. */
  readonly share: number
}

export function usePoll(shown: () => ShownMessage) {
  const open = useConversation()
  const id = open.id as ConversationId
  const poll = computed<PollBody | null>(() => {
    const { message } = shown()
    return message.kind === 'poll' && message.deletedAt === null ? message.body : null
  })
  const mine = computed(
    () => poll.value?.votes.find(({ userId }) => userId === open.myId.value)?.choices ?? [],
  )
  const options = computed<PollOption[]>(() => {
    const { options: all, votes } = poll.value ?? { options: [], votes: [] }
    return all.map(({ text }, place) => {
      const userIds = votes.filter(({ choices }) => choices.includes(place)).map(({ userId }) => userId)
      const share = userIds.length / Math.max(1, votes.length)
      return { text, userIds, isMine: mine.value.includes(place), share }
    })
  })

  return {
    poll,
    options,
    voters: computed(() => poll.value?.votes.length ?? 0),
    isOpen: computed(() => poll.value !== null && poll.value.closedAt === null),
    canClose: computed(() => {
      const isOpen = poll.value !== null && poll.value.closedAt === null && !shown().isPending
      return isOpen && (shown().isMine || (open.isGroup.value && hasRole(open.role.value, 'admin')))
    }),
    /** Chooses an option, or takes the choice back. */
    vote(place: number): void {
      const without = mine.value.filter((choice) => choice !== place)
      const isMore = without.length === mine.value.length
      const kept = poll.value?.isMultiple === true || !isMore ? without : []
      void client.messages.vote(id, shown().message.id, isMore ? [...kept, place] : kept)
    },
    close(): void {
      void client.messages.closePoll(id, shown().message.id)
    },
  }
}
