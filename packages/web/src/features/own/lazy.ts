// One's own data come when they are asked for, with their words.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

const lazily = lazilyWith(() =>
  addWords('own', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  }),
)

export const OwnDataSection = lazily(() => import('./OwnDataSection.vue'))
/** At the door: an account that is about to be deleted can stay. */
export const LeavingNote = lazily(() => import('./LeavingNote.vue'))
