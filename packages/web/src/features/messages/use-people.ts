// Names and profiles by user id, for as long as the pane lives. Each person is watched once, when first drawn.
import type { User, UserId } from '@palabre/protocol'
import { inject, onScopeDispose, provide, shallowRef, type InjectionKey, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { client } from '../../client.ts'

export interface People {
  /** Null until known. Reactive: drawing it draws again when the profile changes. */
  person(userId: string): User | null
  /** The display name; a placeholder until known. */
  nameOf(userId: string): string
  /** The first word of the name: for statuses and lists. */
  shortNameOf(userId: string): string
  isMe(userId: string): boolean
}

const key: InjectionKey<People> = Symbol('people')

/** For the pane that knows them; its children call `usePeople`. */
export function providePeople(): People {
  const { t } = useI18n()
  const known = new Map<string, ShallowRef<User | null>>()
  const stops: (() => void)[] = []
  onScopeDispose(() => {
    for (const stop of stops) stop()
  })

  function person(userId: string): User | null {
    let seen = known.get(userId)
    if (seen === undefined) {
      const observable = client.users.user(userId as UserId)
      const fresh = shallowRef(observable.get())
      stops.push(observable.subscribe((user) => (fresh.value = user)))
      known.set(userId, fresh)
      seen = fresh
    }
    return seen.value
  }
  const nameOf = (userId: string): string => person(userId)?.displayName ?? t('messages.someone')
  const people: People = {
    person,
    nameOf,
    shortNameOf: (userId) => nameOf(userId).split(/\s/u, 1)[0] ?? '',
    isMe: (userId) => client.me.get()?.id === userId,
  }
  provide(key, people)
  return people
}

export function usePeople(): People {
  const people = inject(key, null)
  if (people === null) throw new Error('usePeople() needs a pane that calls providePeople()')
  return people
}
