// What the keyboard brings comes when a key asks for it, with its words.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'
import { settingsWords } from '../settings/words.ts'

const keyboardWords = () =>
  addWords('keyboard', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  })

const lazily = lazilyWith(async () => {
  await Promise.all([keyboardWords(), settingsWords()])
})

export const ConversationSwitcher = lazily(() => import('./ConversationSwitcher.vue'))
export const ShortcutsSheet = lazily(() => import('./ShortcutsSheet.vue'))
export const ShortcutsSection = lazily(() => import('./ShortcutsSection.vue'))
