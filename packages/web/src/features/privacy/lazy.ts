// What one decides about others comes when it is asked for, with its words.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

const lazily = lazilyWith(() =>
  addWords('privacy', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  }),
)

export const BlockItem = lazily(() => import('./BlockItem.vue'))
/** In the place of the composer. */
export const BlockedBar = lazily(() => import('./BlockedBar.vue'))
/** In the place of the composer, too. */
export const RequestBar = lazily(() => import('./RequestBar.vue'))
/** In the place of what somebody says whom one has blocked. */
export const FoldedMessage = lazily(() => import('./FoldedMessage.vue'))
export const PrivacySection = lazily(() => import('./PrivacySection.vue'))
