// What can be done from anywhere, for the switcher: each in the words that its button has.
import {
  Archive,
  Info,
  Keyboard,
  LogOut,
  Moon,
  Settings,
  SquarePen,
  Star,
  Sun,
  Users,
  EllipsisVertical,
} from '@lucide/vue'
import { computed, nextTick, type Component } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import { usePreferences } from '../../preferences.ts'
import { settingsSections } from '../../settings-sections.ts'
import { useShell } from '../../use-shell.ts'
import { useSignOut } from '../../use-sign-out.ts'

export interface Action {
  key: string
  title: string
  /** Where it belongs to. */
  note: string
  icon: Component
  choose(): unknown
}

export function useActions() {
  const { t } = useI18n()
  const route = useRoute()
  const router = useRouter()
  const shell = useShell()
  const preferences = usePreferences()
  const { signOut } = useSignOut()

  /** Of the open conversation. */
  function here(): Action[] {
    const conversationId = route.params['conversationId']
    if (typeof conversationId !== 'string') return []
    const note = t('keyboard.switcher.here')
    return [
      {
        key: 'info',
        title: t('keyboard.conversation.info'),
        note,
        icon: Info,
        choose: () => router.push({ name: 'info', params: { conversationId } }),
      },
      {
        key: 'acts',
        title: t('keyboard.conversation.acts'),
        note,
        icon: EllipsisVertical,
        // The switcher has to be gone first: it holds the focus.
        choose: () => nextTick(() => document.querySelector<HTMLElement>('[data-acts]')?.click()),
      },
    ]
  }

  return computed<Action[]>(() => [
    {
      key: 'new',
      title: t('list.new'),
      note: t('keyboard.switcher.findPeople'),
      icon: SquarePen,
      choose: () => router.push({ name: 'new' }),
    },
    {
      key: 'new-group',
      title: t('list.newGroup'),
      note: t('list.nothingYetText'),
      icon: Users,
      choose: () => router.push({ name: 'new-group' }),
    },
    {
      key: 'shortcuts',
      title: t('settings.shortcuts.title'),
      note: t('settings.title'),
      icon: Keyboard,
      choose: () => (shell.asked = 'shortcuts'),
    },
    ...here(),
    {
      key: 'starred',
      title: t('list.starred'),
      note: t('list.title'),
      icon: Star,
      choose: () => router.push({ name: 'starred' }),
    },
    {
      key: 'archived',
      title: t('list.archived'),
      note: t('list.title'),
      icon: Archive,
      choose: () => {
        shell.filter = 'archived'
        return router.push({ name: 'list' })
      },
    },
    {
      key: 'theme',
      title: t(preferences.isDark ? 'keyboard.switcher.light' : 'keyboard.switcher.dark'),
      note: t('settings.appearance.title'),
      icon: preferences.isDark ? Sun : Moon,
      choose: () => (preferences.values.theme = preferences.isDark ? 'light' : 'dark'),
    },
    ...settingsSections
      .filter((section) => section !== 'shortcuts')
      .map((section): Action => ({
        key: section,
        title: t(`settings.${section}.title`),
        note: t('settings.title'),
        icon: Settings,
        choose: () => router.push({ name: 'settings', params: { section } }),
      })),
    {
      key: 'sign-out',
      title: t('settings.signOut'),
      note: t('settings.title'),
      icon: LogOut,
      choose: signOut,
    },
  ])
}
