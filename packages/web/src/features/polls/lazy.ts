// Polls come with the first one that is seen or asked, with their words: nothing of them is in the first load.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

const lazily = lazilyWith(() =>
  addWords('polls', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  }),
)

/** What a message shows of a poll. */
export const PollCard = lazily(() => import('./PollCard.vue'))
/** Asks a new one. */
export const PollEditor = lazily(() => import('./PollEditor.vue'))
