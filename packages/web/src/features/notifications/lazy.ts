// Notifications come after the first picture, with their words.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

const lazily = lazilyWith(() =>
  addWords('notifications', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  }),
)

/** Tells of messages, asks whether it may, and offers new versions of the app. */
export const NotificationTeller = lazily(() => import('./NotificationTeller.vue'))
export const NotificationsSection = lazily(() => import('./NotificationsSection.vue'))
export const AppSection = lazily(() => import('./AppSection.vue'))
