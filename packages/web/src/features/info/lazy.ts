// The info pane comes when it is opened, with its words.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

const lazily = lazilyWith(() =>
  addWords('info', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  }),
)

export const ConversationInfo = lazily(() => import('../messages/info/ConversationInfo.vue'))
