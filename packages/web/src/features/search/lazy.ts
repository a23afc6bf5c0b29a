// Searching comes when somebody searches, with its words: nothing of it is in the first load.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

const lazily = lazilyWith(() =>
  addWords('search', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  }),
)

/** Messages found, below the conversations and people of the list. */
export const FoundMessages = lazily(() => import('./FoundMessages.vue'))
/** The bar that searches one conversation. */
export const ConversationSearch = lazily(() => import('./ConversationSearch.vue'))
