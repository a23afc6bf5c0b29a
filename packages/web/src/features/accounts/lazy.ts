// What concerns the account and who runs the server comes when it is asked for, with its words.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'
import { authWords } from '../auth/words.ts'

/** Its words; asked for again it costs nothing. */
export const addAccountWords = () =>
  addWords('accounts', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  })

const lazily = lazilyWith(async () => {
  await Promise.all([addAccountWords(), authWords()])
})

/** Says to whoever is first what their account will be. */
export const FirstRun = lazily(() => import('./FirstRun.vue'))
export const SecuritySection = lazily(() => import('./SecuritySection.vue'))
export const InvitesSection = lazily(() => import('./InvitesSection.vue'))
/** Asks for the password once more, where what one does is sensitive. */
export const ProofDialog = lazily(() => import('./ProofDialog.vue'))
