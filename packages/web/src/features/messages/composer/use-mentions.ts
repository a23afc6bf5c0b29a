// Naming a member while one writes: "@" and some letters list those whose name fits; choosing puts the name there.
import type { ConversationId, Member, User } from '@palabre/protocol'
import { limits } from '@palabre/protocol'
import { computed, ref, shallowRef, type ComputedRef, type Ref } from 'vue'
import { client } from '../../../client.ts'
import type { OpenConversation } from '../use-conversation.ts'

const shownAtMost = 6

export interface Mentions {
  readonly found: ComputedRef<readonly User[]>
  readonly chosen: Ref<number>
  /** Looks at what stands before the cursor. */
  look(text: string, cursor: number): void
  /** The text with the name put in, and where the cursor goes. */
  put(text: string, user: User): { text: string; cursor: number }
  close(): void
}

/** Only in groups; in a direct conversation it never finds anyone. */
export function useMentions(open: OpenConversation): Mentions {
  const at = ref<{ from: number; query: string; to: number } | null>(null)
  const chosen = ref(0)
  const more = shallowRef<readonly Member[]>([])
  let isAsking = false

  const found = computed(() => {
    const asked = at.value
    const conversation = open.view.value?.conversation
    if (asked === null || conversation === undefined || !open.isGroup.value) return []
    const known = new Map<string, User>()
    for (const member of [...conversation.members, ...more.value]) known.set(member.user.id, member.user)
    const query = plain(asked.query)
    return [...known.values()]
      .filter((user) => user.id !== open.myId.value)
      .filter(
        (user) =>
          plain(user.username).startsWith(query) ||
          plain(user.displayName).startsWith(query) ||
          plain(user.displayName)
            .split(/\s/u)
            .some((word) => word.startsWith(query)),
      )
      .slice(0, shownAtMost)
  })

  /** Members beyond those that the conversation carries: asked for at the first "@". */
  async function askMore(): Promise<void> {
    const conversation = open.view.value?.conversation
    if (isAsking || conversation === undefined) return
    if (conversation.memberCount <= conversation.members.length) return
    isAsking = true
    try {
      for (
        let offset = conversation.members.length;
        offset < conversation.memberCount;
        offset += limits.page
      ) {
        const page = await client.conversations.members(open.id as ConversationId, {
          offset,
          limit: limits.page,
        })
        more.value = [...more.value, ...page.members]
        if (page.members.length === 0) break
      }
    } catch {
      // Those that are known can be named; the rest at the next "@".
      isAsking = false
    }
  }

  return {
    found,
    chosen,
    look(text, cursor) {
      const match = /(?:^|[\s([{«“"'])@([\p{L}\p{M}\p{N}._'’-]*)$/u.exec(text.slice(0, cursor))
      if (match === null || !open.isGroup.value) {
        at.value = null
        return
      }
      const query = match[1] ?? ''
      if (at.value?.query !== query) chosen.value = 0
      at.value = { from: cursor - query.length - 1, query, to: cursor }
      void askMore()
    },
    put(text, user) {
      const place = at.value ?? { from: text.length, to: text.length }
      at.value = null
      const name = `@${user.displayName} `
      return {
        text: text.slice(0, place.from) + name + text.slice(place.to).replace(/^ /, ''),
        cursor: place.from + name.length,
      }
    },
    close() {
      at.value = null
    },
  }
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}
