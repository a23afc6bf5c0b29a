// Telling those who run the server of somebody comes when it is asked for, with its words.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

const lazily = lazilyWith(() =>
  addWords('reporting', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  }),
)

export const ReportDialog = lazily(() => import('./ReportDialog.vue'))
/** A line of what one can do with a person. */
export const ReportItem = lazily(() => import('./ReportItem.vue'))
