// Where the parts of a conversation find the composer: the menu replies and edits through it.
import { inject, type InjectionKey } from 'vue'
import type { Composer } from './use-composer.ts'

export const composerKey: InjectionKey<Composer> = Symbol('composer')

export function useOpenComposer(): Composer {
  const composer = inject(composerKey, null)
  if (composer === null) throw new Error('useOpenComposer() needs a ConversationPane around it')
  return composer
}
