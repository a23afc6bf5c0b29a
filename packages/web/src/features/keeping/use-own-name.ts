// The name that the person gives to somebody, and giving it.
import type { User } from '@palabre/protocol'
import { computed } from 'vue'
import { client, useObservable } from '../../client.ts'

export function useOwnName(person: () => User) {
  const shown = useObservable(() => client.users.user(person().id))
  return {
    /** Null: none; read again whenever their name on screen changes. */
    given: computed(() => (shown.value === null ? null : client.keeping.nameOf(shown.value.id))),
    /** Empty: their own again. */
    save(name: string) {
      const trimmed = name.trim()
      void client.keeping.name(person().id, trimmed === '' ? null : trimmed)
    },
  }
}
