// What Ctrl+K finds: conversations by recency, people one knows, the settings. All from memory, within a frame.
import type { ConversationView } from '@palabre/client'
import { computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter, type RouteLocationRaw } from 'vue-router'
import { client, useObservable } from '../../client.ts'
import { settingsSections } from '../../settings-sections.ts'
import { isFoundIn } from './find-text.ts'

export interface SwitcherEntry {
  key: string
  title: string
  note: string
  to: RouteLocationRaw
  view: ConversationView | null
}

const shownConversations = 7

export function useSwitcher(close: () => void) {
  const { t } = useI18n()
  const router = useRouter()
  const list = useObservable(client.conversations.list)
  const query = ref('')
  const at = ref(0)

  const entries = computed<SwitcherEntry[]>(() => {
    const text = query.value.trim()
    const views = list.value.conversations.filter((view) =>
      isFoundIn(text, view.title, view.other?.username ?? ''),
    )
    const found: SwitcherEntry[] = views.slice(0, shownConversations).map((view) => ({
      key: view.conversation.id,
      title: view.title,
      note:
        view.other !== null
          ? `@${view.other.username}`
          : view.isNotes
            ? t('list.notesAbout')
            : t('switcher.group', { n: view.conversation.memberCount }, view.conversation.memberCount),
      to: { name: 'conversation', params: { conversationId: view.conversation.id } },
      view,
    }))
    if (text === '') return found
    const places = settingsSections
      .map((section) => ({ section, title: t(`settings.${section}.title`) }))
      .filter(({ title }) => isFoundIn(text, title))
      .map(({ section, title }) => ({
        key: section,
        title,
        note: t('settings.title'),
        to: { name: 'settings', params: { section } },
        view: null,
      }))
    const write = {
      key: 'new',
      title: t('list.new'),
      note: t('switcher.findPeople'),
      to: { name: 'new' },
      view: null,
    }
    return [...found, ...places, write]
  })

  watch(query, () => (at.value = 0))

  function move(step: 1 | -1): void {
    const count = entries.value.length
    if (count > 0) at.value = (at.value + step + count) % count
  }

  async function choose(entry: SwitcherEntry | undefined): Promise<void> {
    if (entry === undefined) return
    close()
    await router.push(entry.to)
  }

  return { query, entries, at, move, choose, chooseCurrent: () => choose(entries.value[at.value]) }
}
