// The words of the door: with its pages, and with what asks for the same things once one is inside.
import { addWords } from '../../i18n.ts'

export const authWords = (): Promise<void> =>
  addWords('auth', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  })

/** A page of the door, for the router. */
export function atDoor<T>(load: () => Promise<{ default: T }>): () => Promise<T> {
  return async () => {
    const [page] = await Promise.all([load(), authWords()])
    return page.default
  }
}
