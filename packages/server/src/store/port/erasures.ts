// The ledger of deleted accounts (ERASE-1 … ERASE-5): who asked to go, what is to become of their messages, and how far it
// is. It outlives the person: after a restore of an older backup it says whom that brought back. It holds ids and dates
// only, and of the username what nobody can read.
import { z } from 'zod'
import { limits, MessagesChoice, UserId, type User } from '@palabre/protocol'

export const ErasureRow = z.strictObject({
  userId: UserId,
  messages: MessagesChoice,
  requestedAt: z.int(),
  /** Until then it can be taken back. */
  dueAt: z.int(),
  state: z.enum(['waiting', 'running', 'done']),
  /** Of the username, so that nobody takes it over for a while. */
  nameHash: z.string(),
  nameUntil: z.int(),
  doneAt: z.int().nullable(),
})
export type ErasureRow = z.infer<typeof ErasureRow>

export type NewErasure = Omit<ErasureRow, 'state' | 'doneAt'>

export interface ErasureStore {
  /** Begins the grace, and forgets when the person was last there. Asked for again: what was said last counts. */
  request(row: NewErasure): Promise<void>
  of(userId: UserId): Promise<ErasureRow | null>
  /** False: it has begun, or there is none. */
  cancel(userId: UserId): Promise<boolean>
  /** Those that were begun and are not done, and those whose time has come, which are begun from now on. */
  begin(now: number, limit: number): Promise<ErasureRow[]>
  /**
   * In one commit, or again as often as it takes: nothing of the person's own is left but the id. Null: no such person.
   * What they wrote is the log's.
   */
  tombstone(userId: UserId): Promise<User | null>
  done(userId: UserId, now: number): Promise<void>
  isNameHeld(nameHash: string, now: number): Promise<boolean>
  /** Those of `userIds` who have asked to go. */
  among(userIds: readonly UserId[]): Promise<UserId[]>
  /** All, in the order of ids. */
  page(after: UserId | null, limit: number): Promise<ErasureRow[]>
  /** What was deleted is not left in the engine's own files either, as far as the engine has a say in it. */
  compact(): Promise<void>
}

/**
 * The ledger of a store that is put back (ERASE-5): what was erased is erased again, what was taken back stays so, and who
 * waits has the whole grace once more. Pure.
 * @param held of the store as it was until now, and of what the operator kept; `knows`: whether that store had this person
 */
export function ledgerAfterRestore(
  held: readonly ErasureRow[],
  copied: readonly ErasureRow[],
  knows: (userId: UserId) => boolean,
  now: number,
): ErasureRow[] {
  const rows = new Map<UserId, ErasureRow>()
  for (const row of copied) {
    const wasTakenBack = row.state === 'waiting' && knows(row.userId)
    if (!wasTakenBack) rows.set(row.userId, row)
  }
  for (const row of held) rows.set(row.userId, row)
  return [...rows.values()].map((row) =>
    row.state === 'waiting'
      ? { ...row, dueAt: Math.max(row.dueAt, now + limits.erasureGraceMs) }
      : { ...row, state: 'running', doneAt: null },
  )
}
