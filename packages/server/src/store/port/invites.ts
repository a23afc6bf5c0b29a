// Invitations to the server. A code is kept as a hash; a use is taken in one step, so that of two who race for the last
// one somebody gets it (JOIN-2).
import type { Invite, InviteId } from '@palabre/protocol'

export type InviteRow = Invite & { codeHash: string }

export interface InviteStore {
  create(row: InviteRow): Promise<void>
  /** The latest first. */
  list(input: { before: InviteId | null; limit: number }): Promise<InviteRow[]>
  /** Takes one use. Null for one that is unknown, used up, over or taken back. */
  take(codeHash: string, now: number): Promise<InviteRow | null>
  /** Nobody came by it after all. */
  giveBack(id: InviteId): Promise<void>
  /** False when there is none that could be taken back. */
  revoke(id: InviteId, now: number): Promise<boolean>
}
