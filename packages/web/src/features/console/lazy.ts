// The operator's console: a chunk of its own, with its words, that nobody else ever loads.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'
import { addReportingWords } from '../reporting/lazy.ts'

const lazily = lazilyWith(async () => {
  const words = addWords('console', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  })
  await Promise.all([words, addReportingWords()])
})

export const ConsolePage = lazily(() => import('./ConsolePage.vue'))
/** In the settings of whoever runs the server. */
export const ConsoleLink = lazily(() => import('./ConsoleLink.vue'))
