// What members of a group may do, by its own rights (GRP-1, GRP-2): a small table and the rules that read it. Without a
// schema, so that a page can ask before it has any. Who is made what, and who is removed, is not here: that is for roles.
import type { Role, SystemBody } from '../kinds.ts'
import type { Allowed, ConversationSettings, Right } from '../settings.ts'
import { hasRole } from './ranks.ts'

/** Where nobody has said otherwise. */
const usual = {
  send: 'everyone',
  edit: 'admins',
  pin: 'everyone',
  add: 'admins',
} as const satisfies Record<Right, Allowed>

export interface Governed {
  readonly kind: 'direct' | 'group'
  readonly settings?: Pick<ConversationSettings, 'rights'>
}

/** Who has this right. */
export function allowedIn({ settings }: Pick<Governed, 'settings'>, right: Right): Allowed {
  return settings?.rights?.[right] ?? usual[right]
}

/** Whether somebody of this role may; in a direct conversation both may, as far as it can be done there. */
export function mayDo(conversation: Governed, role: Role, right: Right): boolean {
  return (
    conversation.kind === 'direct' || allowedIn(conversation, right) === 'everyone' || hasRole(role, 'admin')
  )
}

/** The right that a message of this kind takes, or a system message; null: none of the group's. */
export function rightFor(event: SystemBody['event'] | null): Right | null {
  switch (event) {
    case null:
      return 'send'
    case 'title_changed':
    case 'description_changed':
    case 'photo_changed':
    case 'timer_changed':
      return 'edit'
    case 'message_pinned':
    case 'message_unpinned':
      return 'pin'
    case 'members_added':
      return 'add'
    default:
      return null
  }
}
