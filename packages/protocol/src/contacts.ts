// Contacts: the people one has chosen to keep. Kept in the account's log.
import { z } from 'zod'
import { UserId } from './ids.ts'
import { limits } from './limits.ts'
import { operation } from './table/operation.ts'
import { User } from './users.ts'

export const listContacts = operation({
  socket: 'list_contacts',
  http: 'GET /contacts',
  access: 'session',
  limit: 'read',
  summary:
    'One’s contacts, all of them by name; or, with a limit or a cursor (empty at first), in pages (PAGE-1).',
  input: z.strictObject({
    limit: z.int().min(1).max(limits.page).optional(),
    cursor: z.string().max(200).optional(),
  }),
  output: z.strictObject({
    contacts: z.array(User),
    /** Null on the last page. */
    cursor: z.string().nullable(),
  }),
})

export const addContact = operation({
  socket: 'add_contact',
  http: 'PUT /contacts/:userId',
  access: 'session',
  limit: 'write',
  summary: 'Keeps someone as a contact.',
  input: z.strictObject({ userId: UserId }),
  output: z.strictObject({}),
})

export const removeContact = operation({
  socket: 'remove_contact',
  http: 'DELETE /contacts/:userId',
  access: 'session',
  limit: 'write',
  summary: 'Takes someone off one’s contacts.',
  input: z.strictObject({ userId: UserId }),
  output: z.strictObject({}),
})

export const contacts = { listContacts, addContact, removeContact }
