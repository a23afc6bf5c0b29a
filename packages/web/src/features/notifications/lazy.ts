// Notifications come after the first picture, with their words.
import { defineAsyncComponent, type Component } from 'vue'
import { addWords } from '../../i18n.ts'

const addNotificationWords = (): Promise<void> =>
  addWords('notifications', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
  })

function lazily<T extends Component>(load: () => Promise<{ default: T }>): T {
  return defineAsyncComponent(async () => {
    const [loaded] = await Promise.all([load(), addNotificationWords()])
    return loaded.default
  })
}

/** Tells of messages, asks whether it may, and offers new versions of the app. */
export const NotificationTeller = lazily(() => import('./NotificationTeller.vue'))
export const NotificationsSection = lazily(() => import('./NotificationsSection.vue'))
export const AppSection = lazily(() => import('./AppSection.vue'))
