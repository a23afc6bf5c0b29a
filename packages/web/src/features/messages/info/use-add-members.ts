// Whom one can add to a group: people one knows who are not in it, then those whom the server finds.
import type { User } from '@palabre/protocol'
import { computed, ref, shallowRef } from 'vue'
import { client, useObservable } from '../../../client.ts'
import { isFoundIn } from '../../conversations/find-text.ts'
import { useFoundPeople } from '../../conversations/use-conversation-list.ts'

export function useAddMembers(isMember: (userId: string) => boolean) {
  const query = ref('')
  const chosen = shallowRef<readonly User[]>([])
  const list = useObservable(client.conversations.list)
  const contacts = useObservable(client.users.contacts)
  const { people: found, isSearching } = useFoundPeople(query)

  const people = computed(() => {
    const others = list.value.conversations.map((view) => view.other).filter((other) => other !== null)
    const known = [...others, ...contacts.value].filter((user) =>
      query.value.trim() === '' ? true : isFoundIn(query.value, user.displayName, user.username),
    )
    const each = new Map<string, User>()
    for (const user of [...chosen.value, ...known, ...found.value]) {
      if (!isMember(user.id)) each.set(user.id, user)
    }
    return [...each.values()]
  })

  const isChosen = (user: User) => chosen.value.some((one) => one.id === user.id)
  return {
    query,
    people,
    chosen,
    isSearching,
    isChosen,
    toggle(user: User) {
      chosen.value = isChosen(user)
        ? chosen.value.filter((one) => one.id !== user.id)
        : [...chosen.value, user]
    },
  }
}
