// Whom one can write to: people one already talks with first, then those whom the server finds.
import type { User, UserId } from '@palabre/protocol'
import { limits } from '@palabre/protocol'
import { computed, ref, shallowRef } from 'vue'
import { useRouter } from 'vue-router'
import { client, useObservable } from '../../client.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'
import { isFoundIn } from '../conversations/find-text.ts'
import { useFoundPeople, useNotes } from '../conversations/use-conversation-list.ts'

/** People shown before one types anything. */
const recentPeople = 30

/** For whoever looks for people by what is typed. */
export function usePeopleSearch() {
  const query = ref('')
  const list = useObservable(client.conversations.list)
  const contacts = useObservable(client.users.contacts)
  const me = useObservable(client.me)
  const { people, isSearching, error } = useFoundPeople(query)

  /** From direct conversations, then contacts, then the groups one is in; each person once. */
  const known = computed(() => {
    const seen = new Map<string, User>()
    const views = list.value.conversations
    const members = views.flatMap(({ conversation }) => conversation.members.map(({ user }) => user))
    const direct = views.map(({ other }) => other).filter((other) => other !== null)
    for (const user of [...direct, ...contacts.value, ...members]) {
      if (user.id !== me.value?.id && !seen.has(user.id)) seen.set(user.id, user)
    }
    return [...seen.values()]
  })
  const recent = computed(() => {
    const text = query.value.trim()
    if (text === '') return known.value.slice(0, recentPeople)
    return known.value.filter((user) => isFoundIn(text, user.displayName, user.username))
  })
  const others = computed(() => {
    const ids = new Set(recent.value.map(({ id }) => id))
    return people.value.filter(({ id }) => !ids.has(id))
  })
  const isNothing = computed(
    () => query.value.trim() !== '' && !isSearching.value && recent.value.length + others.value.length === 0,
  )
  return { query, known, recent, others, isSearching, error, isNothing }
}

export function useNewConversation() {
  const router = useRouter()
  const { sentenceOf } = useErrorSentence()
  const search = usePeopleSearch()
  const notes = useNotes(search.query)
  const failure = ref('')
  const busyId = ref<UserId | null>(null)

  async function open(person: User): Promise<void> {
    if (busyId.value !== null) return
    busyId.value = person.id
    failure.value = ''
    try {
      const conversationId = await client.conversations.openDirect(person.id)
      await router.replace({ name: 'conversation', params: { conversationId } })
    } catch (error) {
      failure.value = sentenceOf(error)
    } finally {
      busyId.value = null
    }
  }

  const searchFailure = computed(() => (search.error.value === null ? '' : sentenceOf(search.error.value)))
  return { ...search, notes, open, failure, searchFailure }
}

export function useNewGroup() {
  const router = useRouter()
  const { sentenceOf } = useErrorSentence()
  const search = usePeopleSearch()
  const chosen = shallowRef<readonly User[]>([])
  const title = ref('')
  const failure = ref('')
  const isBusy = ref(false)
  const isFull = computed(() => chosen.value.length >= limits.groupMembers - 1)

  const isChosen = (person: User): boolean => chosen.value.some(({ id }) => id === person.id)

  function toggle(person: User): void {
    if (isChosen(person)) chosen.value = chosen.value.filter(({ id }) => id !== person.id)
    else if (!isFull.value) chosen.value = [...chosen.value, person]
  }

  /** The title is checked by the caller; false: it was refused, and `failure` says why. */
  async function create(): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    failure.value = ''
    try {
      const memberIds = chosen.value.map(({ id }) => id)
      const conversationId = await client.conversations.createGroup({ title: title.value.trim(), memberIds })
      await router.replace({ name: 'conversation', params: { conversationId } })
    } catch (error) {
      failure.value = sentenceOf(error)
    } finally {
      isBusy.value = false
    }
  }

  const searchFailure = computed(() => (search.error.value === null ? '' : sentenceOf(search.error.value)))
  return { ...search, chosen, title, failure, searchFailure, isBusy, isFull, isChosen, toggle, create }
}
