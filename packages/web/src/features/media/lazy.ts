// What shows media comes when there is some, with its words: nothing of it is in the first load.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

/** A component that comes with the words of this folder. */
export const lazily = lazilyWith(() =>
  addWords('media', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  }),
)
