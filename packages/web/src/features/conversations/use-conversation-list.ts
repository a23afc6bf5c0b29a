// The list as it is drawn: filtered, searched, a growing slice of it, and the people whom a search finds beyond it.
import type { ConversationView } from '@palabre/client'
import type { User, UserId } from '@palabre/protocol'
import { computed, ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { client, useObservable } from '../../client.ts'
import { useShell } from '../../use-shell.ts'
import { isFoundIn } from './find-text.ts'

export type RowView = ConversationView

/** Rows drawn at first, and more each time one nears the end: a list of thousands opens as fast as one of ten. */
const sliceRows = 60
/** Pause in typing before the server is asked for people. */
const searchPauseMs = 250

export function useConversationList() {
  const shell = useShell()
  const router = useRouter()
  const list = useObservable(client.conversations.list)
  const query = ref('')
  const shown = ref(sliceRows)

  const rules = useObservable(client.privacy.rules)
  /** Of whom one does not know yet: apart, behind one row (REQ-1). */
  const isRequest = ({ other }: ConversationView) => other !== null && rules.value.requests.has(other.id)
  const requests = computed(() =>
    list.value.conversations.filter((view) => isRequest(view) && view.last !== null),
  )
  const away = computed(() => list.value.conversations.filter(isArchived))
  const unreadCount = computed(
    () =>
      list.value.conversations.filter((view) => isUnread(view) && !isArchived(view) && !isRequest(view))
        .length,
  )
  const found = computed(() => {
    const text = query.value.trim()
    return list.value.conversations.filter((view) => {
      if (text !== '') return isFoundIn(text, view.title, view.other?.username ?? '')
      if (isRequest(view)) return shell.filter === 'requests' && view.last !== null
      if (shell.filter === 'requests') return false
      if (isArchived(view) || shell.filter === 'archived')
        return isArchived(view) === (shell.filter === 'archived')
      if (shell.filter === 'unread') return isUnread(view)
      return shell.filter !== 'groups' || view.conversation.kind === 'group'
    })
  })
  const rows = computed(() => found.value.slice(0, shown.value))
  const hasMore = computed(() => found.value.length > shown.value)

  const { people, isSearching } = useFoundPeople(query)
  /** Not those whose conversation is in the list already. */
  const notes = useNotes(query)
  const newPeople = computed(() => {
    const { conversations } = list.value
    const known = new Set(conversations.map(({ other }) => other?.id))
    const hasNotes = query.value.trim() === '' || conversations.some(({ isNotes }) => isNotes)
    return [...(hasNotes ? [] : notes.value), ...people.value.filter(({ id }) => !known.has(id))]
  })

  async function write(userId: UserId): Promise<void> {
    const conversationId = await client.conversations.openDirect(userId)
    query.value = ''
    await router.push({ name: 'conversation', params: { conversationId } })
  }

  // The last one has come back: nothing is left to look at there.
  watch(away, ({ length }) => {
    if (length === 0 && shell.filter === 'archived') shell.filter = 'all'
  })
  watch(requests, ({ length }) => {
    if (length === 0 && shell.filter === 'requests') shell.filter = 'all'
  })
  watch([query, () => shell.filter], () => (shown.value = sliceRows))
  return {
    isLoaded: computed(() => list.value.isLoaded),
    isEmpty: computed(() => list.value.conversations.length === 0),
    query,
    rows,
    hasMore,
    showMore: () => (shown.value += sliceRows),
    newPeople,
    isSearching,
    unreadCount,
    requestCount: computed(() => requests.value.length),
    archivedCount: computed(() => away.value.length),
    archivedUnread: computed(() => away.value.filter(isUnread).length),
    write,
  }
}

function isArchived({ conversation }: ConversationView): boolean {
  return conversation.me.archivedAt !== null
}

function isUnread(view: ConversationView): boolean {
  return view.unread > 0 || view.conversation.me.markedUnread
}

/** Oneself under the name of one's notes, where a query finds them by that (NOTE-1). */
export function useNotes(query: { readonly value: string }) {
  const { t } = useI18n()
  const me = useObservable(client.me)
  return computed(() =>
    me.value && isFoundIn(query.value.trim(), t('list.notes'))
      ? [{ ...me.value, displayName: t('list.notes'), about: t('list.notesAbout') }]
      : [],
  )
}

/** People whom the server finds for a query, after a pause in typing; the latest question wins. */
export function useFoundPeople(query: { readonly value: string }) {
  const people = shallowRef<readonly User[]>([])
  const isSearching = ref(false)
  const error = shallowRef<unknown>(null)
  const me = useObservable(client.me)
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = 0

  async function ask(text: string): Promise<void> {
    asked += 1
    const mine = asked
    try {
      const found = await client.users.find(text)
      if (mine !== asked) return
      people.value = found.filter(({ id }) => id !== me.value?.id)
      error.value = null
    } catch (thrown) {
      if (mine !== asked) return
      people.value = []
      error.value = thrown
    }
    isSearching.value = false
  }

  watch(
    () => query.value.trim(),
    (text) => {
      clearTimeout(timer)
      asked += 1
      error.value = null
      isSearching.value = text !== ''
      if (text === '') people.value = []
      else timer = setTimeout(() => void ask(text), searchPauseMs)
    },
  )
  return { people, isSearching, error }
}
