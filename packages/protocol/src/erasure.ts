// Deleting one's own account (ERASE-1 … ERASE-6): asked for with the password, carried out after some days of grace, in which
// signing in takes it back. What remains is an id without anything of the person.
import { z } from 'zod'
import { Password } from './accounts/password.ts'
import { operation } from './table/operation.ts'

/** What becomes of what the person wrote: the others keep it, or it goes from everywhere. */
export const MessagesChoice = z.enum(['keep', 'erase'])
export type MessagesChoice = z.infer<typeof MessagesChoice>

export const deleteMe = operation({
  socket: null,
  http: 'DELETE /me',
  access: 'session',
  limit: 'leave',
  summary: 'Deletes one’s own account: signed out at once, erased after seven days unless one signs in.',
  input: z.strictObject({ password: Password, messages: MessagesChoice.default('keep') }),
  output: z.strictObject({
    /** Until then signing in takes it back. */
    eraseAt: z.int(),
  }),
})

export const erasure = { deleteMe }
