// What the engine gives to its tabs. No code here.
import type { EventData, Message, Presence, User, UserId } from '@palabre/protocol'
import type { Client, Observable, Signals, TabRole } from '../api.ts'
import type { Cache } from '../cache/port.ts'
import type { Connection } from '../connection/connection.ts'
import type { Outbox } from '../outbox/door.ts'
import type { Uploads } from '../outbox/uploads.ts'
import type { Replica } from '../sync/replica.ts'
import type { Sync } from '../sync/sync.ts'
import type { TabLock, TabPorts } from './ports.ts'
import type { Ask, Attention, News } from './words.ts'

export interface TabHost {
  readonly ports: TabPorts
  /** Of the user whose cache it is; asked for already. */
  readonly lock: TabLock
  /** Of this tab. */
  readonly id: string
  readonly userId: UserId
  readonly cache: Cache
  readonly replica: Replica
  readonly outbox: Outbox
  readonly uploads: Pick<Uploads, 'hear'>
  readonly connection: Connection
  readonly sync: Sync
  readonly signals: Signals
  readonly messages: Pick<Client['messages'], 'loadUntil'>
  readonly receipts: Pick<Client['receipts'], 'markRead'>
  readonly presence: {
    of(userId: UserId): Observable<Presence | null>
    heard(presence: Presence): void
    /** All other tabs are away. */
    setOthersAway(areAway: boolean): void
  }
  typing(data: EventData<'typing'>): void
  /** These are in the log now. */
  seen(messages: readonly Message[]): void
  me(): User | null
  /** The session is still there: nobody signed out while this tab waited. */
  isSignedIn(): Promise<boolean>
  /** This tab shows that the leader is connected, or not any more. */
  leaderIs(isOnline: boolean): void
  /** How the others are: whether someone looks at one of them. */
  othersAre(attention: Attention): void
  setRole(role: TabRole): void
}

/** What this tab does for all, while it leads. */
export interface Leader {
  tell(news: News): void
  /** `seat`: of the tab that asks; null: this one. */
  perform(ask: Ask, seat?: string | null): Promise<unknown>
  hasOthers(): boolean
  stop(): void
}
