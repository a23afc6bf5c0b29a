// What the banner says about the connection: nothing for the first two seconds, so that a short break stays unseen.
import { computed, ref, watch } from 'vue'
import { client, useObservable } from '../../client.ts'

/** A reload, a short tunnel, a change of network take less. */
const quietMs = 2_000

export type BannerState = 'none' | 'connecting' | 'syncing' | 'offline' | 'unreachable'

export function useConnection() {
  const connection = useObservable(client.connection)
  const waiting = useObservable(client.waiting)
  const isOverdue = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  const isFine = computed(() => connection.value.name === 'online' || connection.value.name === 'signedOut')
  watch(
    isFine,
    (fine) => {
      clearTimeout(timer)
      isOverdue.value = false
      if (!fine) timer = setTimeout(() => (isOverdue.value = true), quietMs)
    },
    { immediate: true },
  )

  const state = computed<BannerState>(() => {
    if (!isOverdue.value) return 'none'
    switch (connection.value.name) {
      case 'offline':
        return 'offline'
      case 'waiting':
        // The first attempts after a loss are still "connecting"; then it is the server that is away.
        return connection.value.attempt > 2 ? 'unreachable' : 'connecting'
      case 'connecting':
        return connection.value.attempt > 2 ? 'unreachable' : 'connecting'
      case 'syncing':
        return 'syncing'
      default:
        return 'none'
    }
  })
  return { state, waiting }
}
