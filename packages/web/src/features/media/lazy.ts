// What shows media comes when there is some, with its words: nothing of it is in the first load.
import { defineAsyncComponent, type Component } from 'vue'
import { addWords } from '../../i18n.ts'

/** Words that are not in the first load. */
const addMediaWords = (): Promise<void> =>
  addWords('media', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
  })

/** A component that comes with the words of this folder. */
export function lazily<T extends Component>(load: () => Promise<{ default: T }>): T {
  return defineAsyncComponent<T>(async () => {
    const [loaded] = await Promise.all([load(), addMediaWords()])
    return loaded.default
  })
}
