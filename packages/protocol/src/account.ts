// What belongs to one person and follows them to every device: a log of its own, latest state only,
// with a dense `rev` a user. Today: contacts.
import { z } from 'zod'
import { UserId } from './ids.ts'

export const AccountEntry = z.strictObject({
  rev: z.int(),
  /** `contact:<userId>` */
  key: z.string(),
  /** Null: taken away. */
  value: z.strictObject({ userId: UserId, addedAt: z.int() }).nullable(),
})
export type AccountEntry = z.infer<typeof AccountEntry>

/** On a reset the entries are all there are. */
export const AccountDelta = z.strictObject({
  rev: z.int(),
  entries: z.array(AccountEntry),
  reset: z.boolean(),
})
export type AccountDelta = z.infer<typeof AccountDelta>
