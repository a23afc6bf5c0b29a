// What must survive. One port, several engines, one contract suite (`../contract`).
import type { UserId } from '@palabre/protocol'
import type { AccountStore } from './account.ts'
import type { AuditStore } from './audit.ts'
import type { CredentialsStore } from './credentials.ts'
import type { InviteStore } from './invites.ts'
import type { ConversationStore } from './conversations.ts'
import type { DigestStore } from './digests.ts'
import type { ErasureStore } from './erasures.ts'
import type { LogStore } from './log.ts'
import type { MediaStore } from './media.ts'
import type { MemberStore } from './members.ts'
import type { OverviewStore } from './overview.ts'
import type { ReceiptStore } from './receipts.ts'
import type { ReportStore } from './reports.ts'
import type { SearchStore } from './search.ts'
import type { SessionStore } from './sessions.ts'
import type { UserStore } from './users.ts'

export interface Store {
  /** Made when the store is created or restored (SYNC-7). */
  readonly epoch: string
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly conversations: ConversationStore
  readonly members: MemberStore
  readonly log: LogStore
  readonly digests: DigestStore
  readonly receipts: ReceiptStore
  readonly search: SearchStore
  readonly account: AccountStore
  readonly media: MediaStore
  readonly audit: AuditStore
  readonly erasures: ErasureStore
  readonly invites: InviteStore
  readonly credentials: CredentialsStore
  readonly reports: ReportStore
  readonly overview: OverviewStore
  readonly presence: {
    setLastSeen(userId: UserId, at: number): Promise<void>
    lastSeen(userIds: UserId[]): Promise<Map<UserId, number>>
  }
  /** Resolves when a trivial write has become durable: what /readyz asks. */
  probe(): Promise<void>
  /** Waits for what is queued, then closes. */
  close(): Promise<void>
}

/** What a store reports about itself while it works. */
export interface StoreObserver {
  committed(commit: { durationMs: number; operations: number }): void
}
