// Roles by rank: owner > admin > member. Without a schema, so that a page can ask before it has any.
import type { Role } from '../kinds.ts'

const rank = { member: 0, admin: 1, owner: 2 } as const satisfies Record<Role, number>

/** True when `role` is at least `needed`. */
export function hasRole(role: Role, needed: Role): boolean {
  return rank[role] >= rank[needed]
}
