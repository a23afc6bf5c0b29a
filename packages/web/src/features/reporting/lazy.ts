// Telling those who run the server of somebody comes when it is asked for, with its words.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

/** Its words; asked for again it costs nothing. */
export const addReportingWords = () =>
  addWords('reporting', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  })

const lazily = lazilyWith(addReportingWords)

export const ReportDialog = lazily(() => import('./ReportDialog.vue'))
/** What operators have decided about whoever is signed in. */
export const NoticeTeller = lazily(() => import('./NoticeTeller.vue'))
/** At the door: why one may not come in. */
export const SuspendedNote = lazily(() => import('./SuspendedNote.vue'))
/** A line of what one can do with a person. */
export const ReportItem = lazily(() => import('./ReportItem.vue'))
