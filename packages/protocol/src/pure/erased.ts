// PURE: what is left of somebody whose account was deleted (ERASE-2). Without a schema, so that a page can ask before it has any.
import type { User } from '../users.ts'

/** Whether all that is left of somebody is their id. Pure. */
export function isErased({ username }: Pick<User, 'username'>): boolean {
  return username === ''
}
