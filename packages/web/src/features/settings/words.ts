// The words of the settings: with their pages, and with what offers settings elsewhere.
import { addWords } from '../../i18n.ts'

export const settingsWords = (): Promise<void> =>
  addWords('settings', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  })
