// What one row shows, in words: names for ids, sentences for system messages, presence for the other person.
import type { ConversationView } from '@palabre/client'
import type { SystemBody, UserId } from '@palabre/protocol'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { client, useObservable } from '../../client.ts'
import { timerWords } from '../expiry/timer-words.ts'
import { previewOf } from './preview.ts'

const nobody = { get: () => null, subscribe: () => () => undefined }

export function useConversationRow(
  view: () => ConversationView,
  options: { isOpen: () => boolean; watchPresence: () => boolean },
) {
  const { t } = useI18n()
  const me = useObservable(client.me)
  const preview = computed(() => previewOf(view(), options.isOpen()))
  const isGroup = computed(() => view().conversation.kind === 'group')

  const senderId = computed<UserId | null>(() => {
    const last = view().last
    return isGroup.value && last !== null && !last.isMine ? last.message.senderId : null
  })
  const sender = useObservable(() => (senderId.value === null ? nobody : client.users.user(senderId.value)))
  const presence = useObservable(() => {
    const other = view().other
    return other !== null && options.watchPresence() ? client.presence.of(other.id) : nobody
  })

  function nameOf(userId: string): string {
    if (userId === me.value?.id) return t('list.you')
    const member = view().conversation.members.find(({ user }) => user.id === userId)
    return (
      member?.user.displayName ?? client.users.user(userId as UserId).get()?.displayName ?? t('list.someone')
    )
  }
  const firstName = (userId: string): string => nameOf(userId).split(/\s/u, 1)[0] ?? ''

  const typing = computed(() => {
    const ids = view().typing
    if (!isGroup.value) return t('list.typing')
    const first = ids[0]
    if (first === undefined) return ''
    return ids.length === 1
      ? t('list.typingOne', { name: firstName(first) })
      : t('list.typingMany', { n: ids.length }, ids.length)
  })

  /** Before the text of someone else's message in a group. */
  const senderName = computed(() => {
    if (senderId.value === null) return ''
    return (sender.value?.displayName ?? nameOf(senderId.value)).split(/\s/u, 1)[0] ?? ''
  })

  function systemSentence(body: SystemBody): string {
    const isMe = (userId: string): boolean => userId === me.value?.id
    const say = (key: string, userId: string): string =>
      isMe(userId) ? t(`list.system.${key}Me`) : t(`list.system.${key}`, { name: nameOf(userId) })
    switch (body.event) {
      case 'conversation_created':
        return isGroup.value ? t('list.system.created') : t('list.empty')
      case 'members_added': {
        const first = body.userIds[0]
        if (body.userIds.some(isMe)) return t('list.system.addedMe')
        return body.userIds.length === 1 && first !== undefined
          ? say('added', first)
          : t('list.system.addedMany', { n: body.userIds.length }, body.userIds.length)
      }
      case 'member_removed':
        return say('removed', body.userId)
      case 'member_left':
      case 'account_deleted':
        return say('left', body.userId)
      case 'role_changed':
        return say(`role_${body.role}`, body.userId)
      case 'timer_changed':
        return body.expireAfterMs === null
          ? t('list.system.timerOff')
          : t('list.system.timerSet', {
              time: timerWords(body.expireAfterMs, (key, named, plural) => t(key, named, plural)),
            })
      case 'message_pinned':
        return t('list.system.pinned')
      case 'message_unpinned':
        return t('list.system.unpinned')
      case 'right_changed':
      case 'link_changed':
        return t('list.system.rights')
      case 'title_changed':
        return t('list.system.titled', { title: body.title })
      case 'description_changed':
        return t('list.system.described')
      case 'photo_changed':
        return t(body.avatarId === null ? 'list.system.photoRemoved' : 'list.system.photoSet')
    }
  }

  const status = computed(() => presence.value?.status ?? null)
  return { preview, isGroup, typing, senderName, systemSentence, status }
}
