// What a system message does to a conversation's header and members (LOG-6). Pure: every engine calls these two,
// so that all of them agree, and a header that lags behind its log can be rebuilt from it.
// `refusalOf` and `settle` run at commit, before anything is written: the one says whether the sender may (their role, and
// the group's rights, GRP-1), the other refuses what makes no sense, or answers the body as it will be stored.
// `effectOf` is what a stored body means.
import {
  allowedIn,
  hasRole,
  limits,
  mayDo,
  PalabreError,
  putPin,
  rightFor,
  type ConversationSettings,
  type JoinLink,
  type Role,
  type SystemBody,
  type UserId,
} from '@palabre/protocol'
import type { MemberRow } from './members.ts'

export interface Foldable {
  kind: 'direct' | 'group'
  title: string | null
  description: string
  /** Absent, as in what was kept before there were photos: null. */
  avatarId?: string | null
  /** Absent: nothing was ever set. */
  settings?: ConversationSettings
  members: ReadonlyMap<UserId, MemberRow>
}

export interface Effect {
  title?: string
  description?: string
  avatarId?: string | null
  /** As they are afterwards. */
  settings?: ConversationSettings
  /** Members who are new, or whose role changed: their whole row as it is afterwards. */
  put: MemberRow[]
  removed: UserId[]
}

/** Where and when the system message stands. */
export interface Place {
  senderId: UserId
  seq: number
  rev: number
  createdAt: number
}

/**
 * Why this sender may not store this here; null: they may. `body` of a system message, else null.
 * MEMBER_REQUIRED, ROLE_REQUIRED, SENDING_RESTRICTED
 */
export function refusalOf(
  state: Foldable,
  senderId: UserId,
  { requires, body }: { requires: Role; body: SystemBody | null },
): PalabreError | null {
  const role = state.members.get(senderId)?.role
  // Who comes by a link brings themselves in, and nobody else.
  const isJoining = body?.event === 'members_added' && body.link !== undefined
  if (isJoining) return isOnly(body.userIds, senderId) ? null : new PalabreError('ROLE_REQUIRED')
  if (role === undefined) return new PalabreError('MEMBER_REQUIRED')
  if (!hasRole(role, requires)) return new PalabreError('ROLE_REQUIRED')
  const right = rightFor(body?.event ?? null)
  if (right === null || mayDo(state, role, right)) return null
  return new PalabreError(right === 'send' ? 'SENDING_RESTRICTED' : 'ROLE_REQUIRED')
}

function isOnly(userIds: readonly UserId[], userId: UserId): boolean {
  return userIds.length === 1 && userIds[0] === userId
}

/**
 * The body as it is to be stored, or null when it would change nothing.
 * @throws GROUP_REQUIRED, GROUP_FULL, MEMBER_NOT_FOUND, ROLE_REQUIRED (the owner cannot be removed),
 *   OWNER_REQUIRED (an owner steps down only by naming another), LINK_INVALID
 */
export function settle(state: Foldable, body: SystemBody, now: number): SystemBody | null {
  if (body.event === 'conversation_created') throw new TypeError('a conversation is created by its own port')
  if (state.kind !== 'group' && !isForAll(body)) throw new PalabreError('GROUP_REQUIRED')
  switch (body.event) {
    case 'members_added': {
      const userIds = [...new Set(body.userIds)].filter((id) => !state.members.has(id))
      if (userIds.length === 0) return null
      if (body.link !== undefined) needOpen(state, body.link, userIds, now)
      if (state.members.size + userIds.length > limits.groupMembers) throw new PalabreError('GROUP_FULL')
      return { ...body, userIds }
    }
    case 'member_removed': {
      if (memberIn(state, body.userId).role === 'owner') throw new PalabreError('ROLE_REQUIRED')
      return body
    }
    case 'member_left': {
      const { role } = memberIn(state, body.userId)
      return { ...body, heirId: role === 'owner' ? heirOf(state.members, body.userId, body.heirId) : null }
    }
    case 'account_deleted':
      // Of a group one leaves.
      if (state.kind === 'group') throw new PalabreError('MESSAGE_FIXED')
      return body
    case 'role_changed': {
      const member = memberIn(state, body.userId)
      if (member.role === body.role) return null
      if (member.role === 'owner') throw new PalabreError('OWNER_REQUIRED')
      return body
    }
    case 'timer_changed':
      return body.expireAfterMs === (state.settings?.expireAfterMs ?? null) ? null : body
    case 'message_pinned':
      return body
    case 'message_unpinned':
      return state.settings?.pins?.some(({ messageId }) => messageId === body.messageId) === true
        ? body
        : null
    case 'right_changed':
      return allowedIn(state, body.right) === body.allowed ? null : body
    case 'link_changed':
      return body.link === null && (state.settings?.link ?? null) === null ? null : body
    case 'title_changed':
      return body.title === state.title ? null : body
    case 'description_changed':
      return body.description === state.description ? null : body
    case 'photo_changed':
      return body.avatarId === (state.avatarId ?? null) ? null : body
  }
}

/** What a stored system message at `place` does to `state`, the conversation just before it. */
export function effectOf(state: Foldable, body: SystemBody, place: Place): Effect {
  const join = (userId: UserId, role: Role): MemberRow => ({
    userId,
    role,
    joinedAt: place.createdAt,
    joinedSeq: place.seq,
    joinedRev: place.rev,
  })
  const { settings = {} } = state
  const withSettings = (after: ConversationSettings): Effect => ({ settings: after, put: [], removed: [] })
  const withRole = (userId: UserId, role: Role): MemberRow[] => {
    const member = state.members.get(userId)
    return member === undefined ? [] : [{ ...member, role }]
  }
  switch (body.event) {
    case 'conversation_created':
      return {
        put: body.memberIds.map((id) =>
          join(id, state.kind === 'group' && id === place.senderId ? 'owner' : 'member'),
        ),
        removed: [],
      }
    case 'members_added': {
      const put = body.userIds.map((id) => join(id, 'member'))
      const { link = null } = settings
      if (link === null || link.salt !== body.link) return { put, removed: [] }
      return { put, removed: [], settings: { ...settings, link: { ...link, uses: link.uses + 1 } } }
    }
    case 'member_removed': {
      const { link = null } = settings
      const removed = [body.userId]
      if (link === null) return { put: [], removed }
      return { put: [], removed, settings: { ...settings, link: withRemoved(link, body.userId) } }
    }
    case 'link_changed':
      return withSettings({ ...settings, link: body.link })
    case 'member_left':
      return { put: body.heirId === null ? [] : withRole(body.heirId, 'owner'), removed: [body.userId] }
    case 'role_changed': {
      const put = withRole(body.userId, body.role)
      if (body.role !== 'owner') return { put, removed: [] }
      const former = [...state.members.values()].filter((member) => member.role === 'owner')
      return {
        put: [...former.map((member) => ({ ...member, role: 'admin' as const })), ...put],
        removed: [],
      }
    }
    case 'title_changed':
      return { title: body.title, put: [], removed: [] }
    case 'description_changed':
      return { description: body.description, put: [], removed: [] }
    case 'timer_changed':
      return withSettings({ ...settings, expireAfterMs: body.expireAfterMs })
    case 'message_pinned': {
      const { messageId, until } = body
      return withSettings({
        ...settings,
        pins: putPin(settings.pins ?? [], { messageId, until }, place.createdAt),
      })
    }
    case 'message_unpinned':
      return withSettings({
        ...settings,
        pins: (settings.pins ?? []).filter(({ messageId }) => messageId !== body.messageId),
      })
    case 'right_changed':
      return withSettings({
        ...settings,
        rights: { ...settings.rights, [body.right]: body.allowed },
      })
    case 'photo_changed':
      return { avatarId: body.avatarId, put: [], removed: [] }
    case 'account_deleted':
      return { put: [], removed: [] }
  }
}

/** Whether somebody can come in by a link just now, without being let in (LINK-2). */
export function isOpenFor(link: JoinLink, userId: UserId, now: number): boolean {
  return isUsable(link, now) && !link.needsApproval && link.removed?.includes(userId) !== true
}

/** Whether it can be used at all: it has not run out, and not been used as often as it may. */
export function isUsable({ expiresAt, maxUses, uses }: JoinLink, now: number): boolean {
  return (expiresAt === null || now < expiresAt) && (maxUses === null || uses < maxUses)
}

function needOpen(state: Foldable, salt: string, userIds: readonly UserId[], now: number): void {
  const { link = null } = state.settings ?? {}
  const isOpen = link?.salt === salt && userIds.every((userId) => isOpenFor(link, userId, now))
  if (!isOpen) throw new PalabreError('LINK_INVALID')
}

/** Of a link without end the oldest are forgotten first. */
function withRemoved(link: JoinLink, userId: UserId): JoinLink {
  const others = (link.removed ?? []).filter((id) => id !== userId)
  return { ...link, removed: [...others, userId].slice(-limits.groupMembers) }
}

/** When a message that is stored at `createdAt` is to be gone; null: never (DIS-1). */
export function expiryOf(
  { expireAfterMs = null }: ConversationSettings = {},
  createdAt: number,
): number | null {
  return expireAfterMs === null ? null : createdAt + expireAfterMs
}

/** What people in a direct conversation may change too. */
function isForAll({ event }: SystemBody): boolean {
  return (
    event === 'timer_changed' ||
    event === 'message_pinned' ||
    event === 'message_unpinned' ||
    event === 'account_deleted'
  )
}

function memberIn(state: Foldable, userId: UserId): MemberRow {
  const member = state.members.get(userId)
  if (member === undefined) throw new PalabreError('MEMBER_NOT_FOUND')
  return member
}

/**
 * Who owns the group when its owner goes: whom they chose, else the longest-standing admin, else member; null when nobody
 * else is left (GRP-3).
 * @throws MEMBER_NOT_FOUND when the chosen one is not there (any more)
 */
function heirOf(
  members: ReadonlyMap<UserId, MemberRow>,
  leaverId: UserId,
  chosenId: UserId | null = null,
): UserId | null {
  if (chosenId !== null) {
    if (chosenId === leaverId || !members.has(chosenId)) throw new PalabreError('MEMBER_NOT_FOUND')
    return chosenId
  }
  let heir: MemberRow | null = null
  for (const member of members.values()) {
    if (member.userId === leaverId) continue
    if (heir === null || comesBefore(member, heir)) heir = member
  }
  return heir?.userId ?? null
}

function comesBefore(a: MemberRow, b: MemberRow): boolean {
  if (a.role !== b.role) return a.role === 'admin'
  if (a.joinedSeq !== b.joinedSeq) return a.joinedSeq < b.joinedSeq
  return a.userId < b.userId
}
