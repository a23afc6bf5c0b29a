// What concerns the account and who runs the server comes when it is asked for, with its words.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'

const lazily = lazilyWith(() =>
  addWords('accounts', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
  }),
)

/** Says to whoever is first what their account will be. */
export const FirstRun = lazily(() => import('./FirstRun.vue'))
/** Asks for the password once more, where what one does is sensitive. */
export const ProofDialog = lazily(() => import('./ProofDialog.vue'))
