// The one engine of this page, and the bridge from its observables to Vue.
// Only `use-*.ts` and stores import this file; components never do.
import {
  browserSignals,
  browserTabs,
  createClient,
  openIndexedDbCache,
  type Client,
  type Observable,
} from '@palabre/client'
import { getCurrentScope, onScopeDispose, shallowReadonly, shallowRef, watch, type ShallowRef } from 'vue'
import { deviceName } from './device-name.ts'
import { wordOf } from './i18n.ts'
import { browserSession } from './session-storage.ts'

export const client: Client = createClient({
  url: location.origin,
  tokens: 'cookie',
  openCache: (userId) => openIndexedDbCache(userId),
  sessionStorage: browserSession,
  tabs: browserTabs(),
  signals: browserSignals(),
  deviceName: deviceName(navigator.userAgent),
  erasedName: () => wordOf('shell.erased'),
})

/** Opens the stored session from the cache; the connection goes on behind it. */
export async function startClient(): Promise<void> {
  await client.start()
}

/**
 * An observable as a read-only ref, until the component's scope ends.
 * Give a getter when which observable it is depends on reactive state: `useObservable(() => client.users.user(props.userId))`.
 */
export function useObservable<T>(source: Observable<T> | (() => Observable<T>)): Readonly<ShallowRef<T>> {
  const getSource = typeof source === 'function' ? source : () => source
  const value = shallowRef(getSource().get()) as ShallowRef<T>
  let stop: (() => void) | null = null
  const follow = (observable: Observable<T>): void => {
    stop?.()
    stop = observable.subscribe((next) => (value.value = next))
    value.value = observable.get()
  }
  if (typeof source === 'function') watch(source, follow, { immediate: true, flush: 'sync' })
  else follow(source)
  if (getCurrentScope() !== undefined) onScopeDispose(() => stop?.())
  // Shallow: what the engine answers stays itself, without a proxy around every message.
  return shallowReadonly<ShallowRef<T>>(value)
}
