// What Ctrl+K finds: conversations by recency, people one knows or the server does, and what can be done. All but the
// server's people from memory, within a frame; the closest first.
import type { ConversationView } from '@palabre/client'
import type { User } from '@palabre/protocol'
import { computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { client, useObservable } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'
import { usePeopleSearch } from '../people/use-people.ts'
import { closeness } from './closeness.ts'
import { useActions, type Action } from './use-actions.ts'

interface Entry {
  key: string
  title: string
  note: string
  choose(): unknown
}
export type SwitcherEntry =
  | (Entry & { is: 'conversation'; view: ConversationView })
  | (Entry & { is: 'person'; person: User })
  | (Entry & { is: 'action'; icon: Action['icon'] })

export interface SwitcherGroup {
  name: 'conversations' | 'people' | 'actions'
  entries: SwitcherEntry[]
}

const most = { conversations: 7, people: 5, actions: 6 }
/** Of the actions, before one types. */
const usualActions = 3

export function useSwitcher(close: () => void) {
  const { t } = useI18n()
  const router = useRouter()
  const toast = useToast()
  const { sentenceOf } = useErrorSentence()
  const list = useObservable(client.conversations.list)
  const actions = useActions()
  const { query, known, others, isSearching } = usePeopleSearch()
  const at = ref(0)

  const open = (conversationId: string) => router.push({ name: 'conversation', params: { conversationId } })

  const conversations = computed(() =>
    closest(list.value.conversations, query.value, (view) => [view.title, view.other?.username ?? ''])
      .slice(0, most.conversations)
      .map((view): SwitcherEntry => {
        const { id, memberCount } = view.conversation
        const note =
          view.other !== null
            ? `@${view.other.username}`
            : view.isNotes
              ? t('list.notesAbout')
              : t('keyboard.switcher.group', { n: memberCount }, memberCount)
        return { is: 'conversation', key: id, title: view.title, note, view, choose: () => open(id) }
      }),
  )

  const people = computed(() => {
    if (query.value.trim() === '') return []
    const met = new Set(list.value.conversations.map(({ other }) => other?.id))
    const near = closest(known.value, query.value, (user) => [user.displayName, user.username])
    const found = new Map([...near, ...others.value].map((user) => [user.id, user]))
    return [...found.values()]
      .filter(({ id }) => !met.has(id))
      .slice(0, most.people)
      .map((person): SwitcherEntry => ({
        is: 'person',
        key: person.id,
        title: person.displayName,
        note: `@${person.username}`,
        person,
        choose: () => write(person),
      }))
  })

  const acts = computed(() => {
    const found = closest(actions.value, query.value, ({ title, note }) => [title, note])
    return found
      .slice(0, query.value.trim() === '' ? usualActions : most.actions)
      .map((action): SwitcherEntry => ({ is: 'action', ...action }))
  })

  const groups = computed(() =>
    (
      [
        { name: 'conversations', entries: conversations.value },
        { name: 'people', entries: people.value },
        { name: 'actions', entries: acts.value },
      ] satisfies SwitcherGroup[]
    ).filter(({ entries }) => entries.length > 0),
  )
  const entries = computed(() => groups.value.flatMap((group): SwitcherEntry[] => group.entries))

  async function write(person: User): Promise<void> {
    try {
      await open(await client.conversations.openDirect(person.id))
    } catch (error) {
      toast.show(sentenceOf(error))
    }
  }

  watch(query, () => (at.value = 0))
  // People whom the server found later may have made the list shorter as well as longer.
  watch(entries, ({ length }) => (at.value = Math.min(at.value, Math.max(0, length - 1))))

  function move(step: 1 | -1): void {
    const count = entries.value.length
    if (count > 0) at.value = (at.value + step + count) % count
  }

  async function choose(entry: SwitcherEntry | undefined): Promise<void> {
    if (entry === undefined) return
    close()
    await entry.choose()
  }

  const chooseCurrent = () => choose(entries.value[at.value])
  return { query, groups, entries, at, isSearching, move, choose, chooseCurrent }
}

/** The closest first; those alike in the order in which they were. Nothing typed: all, as they are. */
function closest<T>(all: readonly T[], query: string, textsOf: (one: T) => readonly string[]): T[] {
  return all
    .map((one) => ({ one, close: closeness(query, ...textsOf(one)) }))
    .filter(({ close }) => close > 0)
    .sort((a, b) => Math.floor(b.close) - Math.floor(a.close))
    .map(({ one }) => one)
}
