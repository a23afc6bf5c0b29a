// What the keyboard brings comes when a key asks for it, with its words.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

const lazily = lazilyWith(() =>
  addWords('keyboard', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  }),
)

export const ConversationSwitcher = lazily(() => import('./ConversationSwitcher.vue'))
export const ShortcutsSheet = lazily(() => import('./ShortcutsSheet.vue'))
export const ShortcutsSection = lazily(() => import('./ShortcutsSection.vue'))
