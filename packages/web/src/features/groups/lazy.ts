// What a group is governed by comes when it is asked for, with its words: only the way to ask is in the first load.
import { addWords } from '../../i18n.ts'
import { lazilyWith } from '../../lazily.ts'
import { atDoor } from '../auth/words.ts'

const words = () =>
  addWords('groups', {
    en: () => import('./locales/en.json'),
    fr: () => import('./locales/fr.json'),
    ar: () => import('./locales/ar.json'),
  })
const lazily = lazilyWith(words)

/** The page of an invite link, for the router. */
export const loadJoinPage = atDoor(async () => {
  const [page] = await Promise.all([import('./JoinPage.vue'), words()])
  return page
})

/** Where one would write, if one could. */
export const SendingRestricted = lazily(() => import('./SendingRestricted.vue'))
/** What happened to the group, where the words for it come later. */
export const GroupLine = lazily(() => import('./GroupLine.vue'))
/** How people come in by themselves, for admins. */
export const GroupLink = lazily(() => import('./GroupLink.vue'))
export const LeaveDialog = lazily(() => import('./LeaveDialog.vue'))
export const GroupRights = lazily(() => import('./GroupRights.vue'))
