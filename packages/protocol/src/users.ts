// People: the public profile, finding and reading them, changing one's own.
import { z } from 'zod'
import { UserId } from './ids.ts'
import { limits } from './limits.ts'
import { operation } from './table/operation.ts'
import { name, prose } from './text.ts'

/** Lower case, no separator at the ends or doubled (SECURITY §5.4). */
export const Username = z
  .string()
  .min(limits.usernameMin)
  .max(limits.usernameMax)
  .regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/)
export const DisplayName = name(limits.displayNameLength)
export const About = prose(limits.aboutLength)

/** What others may know of a person. `rev` grows with every change of the profile, on the whole server. */
export const User = z.strictObject({
  id: UserId,
  /** Empty, as everything else: the account was deleted (ERASE-2). */
  username: z.string(),
  displayName: z.string(),
  about: z.string(),
  avatarId: z.string().nullable(),
  rev: z.int(),
})
export type User = z.infer<typeof User>

/** Of an account on this server; not to be confused with a member's role in a group. */
export const AccountRole = z.enum(['operator', 'member'])
export type AccountRole = z.infer<typeof AccountRole>

export const getMe = operation({
  socket: 'get_me',
  http: 'GET /me',
  access: 'session',
  limit: 'read',
  summary: 'The profile of the person who asks, and their role.',
  input: z.strictObject({}),
  output: z.strictObject({ user: User, role: AccountRole }),
})

export const updateMe = operation({
  socket: 'update_me',
  http: 'PATCH /me',
  access: 'session',
  limit: 'write',
  summary: 'Changes one’s own display name or about.',
  input: z.strictObject({ displayName: DisplayName.optional(), about: About.optional() }),
  output: z.strictObject({ user: User }),
})

export const findUsers = operation({
  socket: 'find_users',
  http: 'GET /users',
  access: 'session',
  limit: 'search',
  summary:
    'People by username or name: all of them where the directory is open; else co-members, contacts and the exact username.',
  input: z.strictObject({ query: z.string().trim().min(1).max(limits.displayNameLength) }),
  output: z.strictObject({ users: z.array(User) }),
})

export const getUser = operation({
  socket: 'get_user',
  http: 'GET /users/:userId',
  access: 'session',
  limit: 'read',
  summary: 'The profile of a contact, a co-member, or anyone where the directory is open.',
  input: z.strictObject({ userId: UserId }),
  output: z.strictObject({ user: User }),
})

export const users = { getMe, updateMe, findUsers, getUser }
