// What one keeps for oneself comes when it is asked for, with its words: only the way to ask is in the first load.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

const lazily = lazilyWith(() =>
  addWords('keeping', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  }),
)

/** What one can do with a conversation. */
export const ConversationMenu = lazily(() => import('./ConversationMenu.vue'))
export const StarredPane = lazily(() => import('./StarredPane.vue'))
/** The name that one gives to a person. */
export const OwnName = lazily(() => import('./OwnName.vue'))
