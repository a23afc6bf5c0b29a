// What operators have decided about whoever is signed in (REP-5): the oldest that is not read, until it is, on all devices.
import { computed, ref } from 'vue'
import { client, useObservable } from '../../client.ts'

/** Put off: told again when the page is opened again. */
const later = ref<ReadonlySet<string>>(new Set())

export function useNotices() {
  const rules = useObservable(client.privacy.rules)
  const notice = computed(() => {
    const left = [...rules.value.notices].filter(([id]) => !later.value.has(id))
    const [first] = left.sort(([, a], [, b]) => a.at - b.at)
    return first === undefined ? null : { id: first[0], value: first[1] }
  })

  return {
    notice,
    read: (id: string) => void client.privacy.readNotice(id).catch(() => undefined),
    putOff: (id: string) => (later.value = new Set([...later.value, id])),
  }
}
