// All emoji come when they are asked for, with the words around them.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

const lazily = lazilyWith(() =>
  addWords('reactions', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  }),
)

export const EmojiPicker = lazily(() => import('./EmojiPicker.vue'))
