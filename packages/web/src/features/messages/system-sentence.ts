// Which sentence a system line says, and about whom. Pure; the words are in the locales.
import type { ShownMessage } from '@palabre/client'

export interface SystemSentence {
  /** Below `messages.system.`; `…ByMe` and `…Me` are the forms with "you". Empty: `GroupLine` has the words. */
  readonly key: string
  readonly actorId: string | null
  /** Whom it is about, without repetition. */
  readonly userIds: readonly string[]
  readonly title: string
  readonly count: number
  /** A duration, which stands in the title's place. */
  readonly timerMs?: number
}

/** More names than these become a count. */
const namesShown = 3

/** The sentence for one system message, or for several of a kind (see `timeline-rows.ts`). */
export function systemSentence(messages: readonly ShownMessage[], myId: string | null): SystemSentence {
  const first = messages[0]?.message
  if (first === undefined || first.kind !== 'system') {
    return { key: 'unknown', actorId: null, userIds: [], title: '', count: 0 }
  }
  const actorId = first.senderId
  const isMine = actorId === myId
  const body = first.body
  const say = (
    key: string,
    more: { userIds?: readonly string[]; title?: string; count?: number; actor?: string | null } = {},
  ): SystemSentence => ({
    key,
    actorId: more.actor === undefined ? actorId : more.actor,
    userIds: more.userIds ?? [],
    title: more.title ?? '',
    count: more.count ?? more.userIds?.length ?? 0,
  })

  switch (body.event) {
    case 'conversation_created':
      return say(isMine ? 'createdByMe' : 'created', {
        title: body.title ?? '',
        count: new Set([actorId, ...body.memberIds]).size,
      })
    case 'members_added': {
      if (body.link !== undefined) return say('')
      const userIds = [...new Set(messages.flatMap(addedIn))]
      const key = userIds.length > namesShown ? 'addedMany' : 'added'
      if (userIds.length === 1 && userIds[0] === myId) return say('addedMe', { userIds })
      return say(isMine ? `${key}ByMe` : key, { userIds })
    }
    case 'member_removed': {
      const userIds = [...new Set(messages.flatMap(removedIn))]
      const key = userIds.length > namesShown ? 'removedMany' : 'removed'
      if (userIds.length === 1 && userIds[0] === myId) return say('removedMe', { userIds })
      return say(isMine ? `${key}ByMe` : key, { userIds })
    }
    case 'member_left': {
      const userIds = [...new Set(messages.map((shown) => shown.message.senderId as string))]
      if (userIds.length > namesShown) return say('leftMany', { userIds })
      return say(isMine && userIds.length === 1 ? 'leftByMe' : 'left', { userIds })
    }
    case 'account_deleted':
      return say('left')
    case 'role_changed': {
      const key = { owner: 'madeOwner', admin: 'madeAdmin', member: 'madeMember' }[body.role]
      if (body.userId === myId) return say(`${key}Me`, { userIds: [body.userId] })
      return say(isMine ? `${key}ByMe` : key, { userIds: [body.userId] })
    }
    case 'timer_changed': {
      if (body.expireAfterMs === null) return say(isMine ? 'timerOffByMe' : 'timerOff')
      return { ...say(isMine ? 'timerSetByMe' : 'timerSet'), timerMs: body.expireAfterMs }
    }
    case 'message_pinned':
      return say(isMine ? 'pinnedByMe' : 'pinned')
    case 'message_unpinned':
      return say(isMine ? 'unpinnedByMe' : 'unpinned')
    case 'title_changed':
      return say(isMine ? 'titledByMe' : 'titled', { title: body.title })
    case 'description_changed':
      return say(isMine ? 'describedByMe' : 'described')
    case 'right_changed':
    case 'link_changed':
      return say('')
    case 'photo_changed': {
      const key = body.avatarId === null ? 'photoRemoved' : 'photoSet'
      return say(isMine ? `${key}ByMe` : key)
    }
  }
}

function addedIn(shown: ShownMessage): readonly string[] {
  const { message } = shown
  return message.kind === 'system' && message.body.event === 'members_added' ? message.body.userIds : []
}

function removedIn(shown: ShownMessage): readonly string[] {
  const { message } = shown
  return message.kind === 'system' && message.body.event === 'member_removed' ? [message.body.userId] : []
}
