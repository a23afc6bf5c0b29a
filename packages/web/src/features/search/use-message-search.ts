// Messages that hold what one types: asked for after a pause, the latest question wins, older pages on demand.
import type { SearchAnswer } from '@palabre/client'
import {
  searchedText,
  type ConversationId,
  type InputOf,
  type Message,
  type SearchHit,
  type UserId,
} from '@palabre/protocol'
import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue'
import { client } from '../../client.ts'

export type { SearchHit } from '@palabre/protocol'

/** Pause in typing before anything is asked for. */
const pauseMs = 180
/** Pages without a hit that are asked for one after another, before one is asked whether to go on. */
const emptyPages = 5
const dayMs = 24 * 60 * 60_000

export interface SearchFilters {
  from: string
  kind: string
  /** Days, as a date field writes them: `2026-11-23`. */
  after: string
  before: string
}

/** `conversationId`: null for all. `limit`: hits of a page. */
export function useMessageSearch(options: {
  query: () => string
  conversationId: string | null
  limit: number
}) {
  const filters = reactive<SearchFilters>({ from: '', kind: '', after: '', before: '' })
  const hits = shallowRef<readonly SearchHit[]>([])
  const cursor = ref<string | null>(null)
  const isSearching = ref(false)
  /** Answered at least once since the question changed. */
  const isAnswered = ref(false)
  const error = shallowRef<unknown>(null)
  const answer = shallowRef<Pick<SearchAnswer, 'source' | 'isComplete'>>({
    source: 'server',
    isComplete: true,
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking = new AbortController()

  function input(from: string | null): InputOf<'searchMessages'> {
    const after = Date.parse(`${filters.after}T00:00`)
    const before = Date.parse(`${filters.before}T00:00`)
    return {
      query: options.query().trim().slice(0, 200),
      limit: options.limit,
      ...(options.conversationId !== null && { conversationId: options.conversationId }),
      ...(filters.from !== '' && { from: filters.from }),
      ...(filters.kind !== '' && { kind: filters.kind as Exclude<Message['kind'], 'system'> }),
      ...(Number.isFinite(after) && { after }),
      ...(Number.isFinite(before) && { before: before + dayMs }),
      ...(from !== null && { cursor: from }),
    }
  }

  async function ask(from: string | null): Promise<void> {
    const { signal } = asking
    isSearching.value = true
    try {
      let place = from
      for (let page = 0; page < emptyPages; page++) {
        const found = await client.search.messages(input(place), signal)
        if (found === null || signal.aborted) return
        hits.value = place === null ? found.hits : [...hits.value, ...found.hits]
        answer.value = found
        place = cursor.value = found.cursor
        if (found.hits.length > 0 || place === null) break
      }
      error.value = null
    } catch (thrown) {
      if (signal.aborted) return
      error.value = thrown
    }
    isSearching.value = false
    isAnswered.value = true
  }

  function start(pause: number): void {
    clearTimeout(timer)
    asking.abort()
    asking = new AbortController()
    error.value = null
    isAnswered.value = false
    if (options.query().trim() === '') {
      hits.value = []
      cursor.value = null
      isSearching.value = false
      return
    }
    isSearching.value = true
    timer = setTimeout(() => void ask(null), pause)
  }

  watch(
    () => options.query().trim(),
    () => start(pauseMs),
    { immediate: true },
  )
  watch(filters, () => start(0))
  onScopeDispose(() => {
    clearTimeout(timer)
    asking.abort()
  })

  return {
    filters,
    hits,
    hasMore: computed(() => cursor.value !== null),
    isSearching,
    isAnswered,
    error,
    isOffline: computed(() => answer.value.source === 'device'),
    isIncomplete: computed(() => !answer.value.isComplete),
    more: () => (cursor.value === null || isSearching.value ? Promise.resolve() : ask(cursor.value)),
    again: () => start(0),
    textOf: (message: Message) => searchedText(message),
  }
}

/** What a hit says of where it is. */
export function useHitPlaces() {
  const title = (id: string): string => client.conversations.one(id as ConversationId).get()?.title ?? ''
  return {
    title,
    isGroup: (id: string): boolean =>
      client.conversations.one(id as ConversationId).get()?.conversation.kind === 'group',
    otherOf: (id: string): string | null =>
      client.conversations.one(id as ConversationId).get()?.other?.id ?? null,
    isMine: (message: Message): boolean => message.senderId === client.me.get()?.id,
    nameOf: (userId: string): string => client.users.user(userId as UserId).get()?.displayName ?? '',
  }
}

/** The last message up to a day's end; null: there is none, or nobody can say. */
export async function lastUpTo(conversationId: string, day: string): Promise<string | null> {
  const end = Date.parse(`${day}T00:00`) + dayMs
  if (!Number.isFinite(end)) return null
  const id = conversationId as ConversationId
  let low = 1
  let high = client.conversations.one(id).get()?.conversation.lastSeq ?? 0
  let found: string | null = null
  // Times only grow with seq: halving finds the place, a page at a time.
  while (low <= high) {
    const middle = Math.floor((low + high) / 2)
    const { messages } = await client.call('listMessages', { conversationId: id, around: middle, limit: 2 })
    const message = messages.findLast(({ seq }) => seq <= middle) ?? messages[0]
    if (message === undefined) return found
    if (message.createdAt < end) {
      found = message.id
      low = Math.max(middle, message.seq) + 1
    } else high = Math.min(middle, message.seq) - 1
  }
  return found
}
