// The line under the title: who writes, else how the other person is, else who is in the group.
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { client, useObservable } from '../../client.ts'
import type { Status } from '../../design/presence-status.ts'
import { useDates } from '../../design/use-dates.ts'
import type { OpenConversation } from './use-conversation.ts'
import type { People } from './use-people.ts'

/** Names in the header before "and 41 others". */
const namesShown = 4
const nothing = { get: () => null, subscribe: () => () => undefined }

export interface ConversationStatus {
  readonly text: ComputedRef<string>
  /** Someone writes: drawn in the colour of what lives. */
  readonly isLive: ComputedRef<boolean>
  readonly presence: ComputedRef<Status | null>
  /** "Awa is writing…", empty when nobody is. */
  readonly typing: ComputedRef<string>
  readonly typingIds: ComputedRef<readonly string[]>
}

export function useStatus(open: OpenConversation, people: People): ConversationStatus {
  const { t } = useI18n()
  const dates = useDates()
  const presence = useObservable(() => {
    const other = open.view.value?.other
    return other ? client.presence.of(other.id) : nothing
  })
  const typingIds = computed(() => open.view.value?.typing ?? [])

  const typing = computed(() => {
    const ids = typingIds.value
    if (ids.length === 0) return ''
    const [first, second] = ids
    if (!open.isGroup.value) return t('messages.typing.direct')
    if (ids.length === 1 && first) return t('messages.typing.one', { name: people.shortNameOf(first) })
    if (ids.length === 2 && first && second) {
      return t('messages.typing.two', { a: people.shortNameOf(first), b: people.shortNameOf(second) })
    }
    return t('messages.typing.many', { n: ids.length })
  })

  const groupNames = computed(() => {
    const conversation = open.view.value?.conversation
    if (!conversation) return ''
    const others = conversation.members.filter((member) => !people.isMe(member.user.id))
    const shown = others
      .slice(0, namesShown)
      .map((member) => member.user.displayName.split(/\s/u, 1)[0] ?? '')
    const names = others.length <= namesShown ? [t('messages.you'), ...shown] : shown
    const rest = conversation.memberCount - names.length
    return rest > 0
      ? t('messages.namesAndOthers', { names: names.join(t('messages.listComma')), n: rest }, rest)
      : dates.list(names)
  })

  const presenceText = computed(() => {
    const known = presence.value
    if (known === null) return ''
    if (known.status === 'online') return t('messages.presence.online')
    if (known.status === 'away') return t('messages.presence.away')
    return known.lastSeen === null ? '' : t('messages.presence.lastSeen', { ago: dates.ago(known.lastSeen) })
  })

  return {
    typing,
    typingIds,
    isLive: computed(() => typing.value !== ''),
    presence: computed(() => presence.value?.status ?? null),
    text: computed(() => {
      if (open.view.value?.isNotes === true) return t('list.notesAbout')
      return typing.value || (open.isGroup.value ? groupNames.value : presenceText.value)
    }),
  }
}
