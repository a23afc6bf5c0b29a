// What one keeps for oneself comes when it is asked for, with its words: only the way to ask is in the first load.
import { defineAsyncComponent, type Component } from 'vue'
import { addWords } from '../../i18n.ts'

const addKeepingWords = (): Promise<void> =>
  addWords('keeping', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
  })

function lazily<T extends Component>(load: () => Promise<{ default: T }>): T {
  return defineAsyncComponent(async () => {
    const [loaded] = await Promise.all([load(), addKeepingWords()])
    return loaded.default
  })
}

/** What one can do with a conversation. */
export const ConversationMenu = lazily(() => import('./ConversationMenu.vue'))
export const StarredPane = lazily(() => import('./StarredPane.vue'))
/** The name that one gives to a person. */
export const OwnName = lazily(() => import('./OwnName.vue'))
