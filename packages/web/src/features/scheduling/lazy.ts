// Sending later comes when it is asked for, or something waits, with its words.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

const lazily = lazilyWith(() =>
  addWords('scheduling', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  }),
)

/** Asks when. */
export const ScheduleDialog = lazily(() => import('./ScheduleDialog.vue'))
/** Above the composer, while something waits. */
export const ScheduledLine = lazily(() => import('./ScheduledLine.vue'))
