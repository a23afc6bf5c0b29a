// What an operator's command may change beside running servers.
import type { Store } from './store.ts'

export type Aside = Pick<
  Store,
  'users' | 'sessions' | 'invites' | 'credentials' | 'audit' | 'overview' | 'close'
>
