// The settings come when they are opened, with their words and those of the door, whose fields they share.
import { lazilyWith } from '../../lazily.ts'
import { authWords } from '../auth/words.ts'
import { settingsWords } from './words.ts'

const lazily = lazilyWith(async () => {
  await Promise.all([settingsWords(), authWords()])
})

export const SettingsMenu = lazily(() => import('./SettingsMenu.vue'))
export const SettingsPane = lazily(() => import('./SettingsPane.vue'))
export const SignOutDialog = lazily(() => import('./SignOutDialog.vue'))
