// Searching comes when somebody searches, with its words: nothing of it is in the first load.
import { defineAsyncComponent, type Component } from 'vue'
import { addWords } from '../../i18n.ts'

const addSearchWords = (): Promise<void> =>
  addWords('search', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
  })

function lazily<T extends Component>(load: () => Promise<{ default: T }>): T {
  return defineAsyncComponent(async () => {
    const [loaded] = await Promise.all([load(), addSearchWords()])
    return loaded.default
  })
}

/** Messages found, below the conversations and people of the list. */
export const FoundMessages = lazily(() => import('./FoundMessages.vue'))
/** The bar that searches one conversation. */
export const ConversationSearch = lazily(() => import('./ConversationSearch.vue'))
