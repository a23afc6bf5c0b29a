// What one can do with a conversation for oneself, as it is now, and doing it. Each is shown at once and kept in the
// outbox; what is done without a question says so and can be undone.
import {
  Ban,
  Archive,
  ArchiveRestore,
  Bell,
  BellOff,
  Clock,
  Eraser,
  MailCheck,
  MailOpen,
  Pin,
  PinOff,
  Trash2,
} from '@lucide/vue'
import { limits, type ConversationId } from '@palabre/protocol'
import { computed, type Component } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import { client, useObservable } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'

const hourMs = 3_600_000
const muteMs = { hours: 8 * hourMs, week: 7 * 24 * hourMs }

export type KeptAct =
  | keyof typeof muteMs
  | 'always'
  | 'pin'
  | 'mute'
  | 'unmute'
  | 'read'
  | 'archive'
  | 'clear'
  | 'block'
  | 'delete'

interface Entry {
  id: KeptAct
  /** Under `keeping.` in the words. */
  label: string
  icon: Component
  isDanger?: boolean
  /** Another one of the same sort stands before it. */
  isNext?: boolean
}

export function useKeptActs(idOf: () => string) {
  const { t } = useI18n()
  const route = useRoute()
  const router = useRouter()
  const toast = useToast()
  const view = useObservable(() => client.conversations.one(idOf() as ConversationId))
  const rules = useObservable(client.privacy.rules)
  const me = computed(() => view.value?.conversation.me)
  const isUnread = computed(() => (view.value?.unread ?? 0) > 0 || me.value?.markedUnread === true)
  const isMuted = computed(() => (me.value?.mutedUntil ?? 0) > Date.now())

  const other = computed(() => view.value?.other ?? null)
  const isBlocked = computed(() => other.value !== null && rules.value.blocked.has(other.value.id))

  function entries(part: 'acts' | 'mute'): Entry[] {
    if (part === 'mute')
      return [
        { id: 'hours', label: 'hours', icon: Clock },
        { id: 'week', label: 'week', icon: Clock },
        { id: 'always', label: 'always', icon: BellOff },
      ]
    const isPinned = typeof me.value?.pinnedAt === 'number'
    const isAway = typeof me.value?.archivedAt === 'number'
    const all: Entry[] = [
      { id: 'pin', label: isPinned ? 'unpin' : 'pin', icon: isPinned ? PinOff : Pin },
      isMuted.value
        ? { id: 'unmute', label: 'unmute', icon: Bell }
        : { id: 'mute', label: 'mute', icon: BellOff },
      {
        id: 'read',
        label: isUnread.value ? 'markRead' : 'markUnread',
        icon: isUnread.value ? MailOpen : MailCheck,
      },
      {
        id: 'archive',
        label: isAway ? 'unarchive' : 'archive',
        icon: isAway ? ArchiveRestore : Archive,
      },
      { id: 'clear', label: 'clear', icon: Eraser, isDanger: true },
    ]
    if (view.value?.conversation.kind === 'direct')
      all.push(
        { id: 'delete', label: 'delete', icon: Trash2, isDanger: true, isNext: true },
        {
          id: 'block',
          label: isBlocked.value ? 'unblock' : 'block',
          icon: Ban,
          isDanger: true,
          isNext: true,
        },
      )
    return all
  }

  /** Says what was done; `undo` does the opposite. */
  function said(what: string, undo: () => Promise<void>): void {
    toast.show(t(`keeping.${what}`), { label: t('keeping.undo'), run: () => void undo() })
  }

  /** Whoever puts a conversation away, or marks it unread, is done with it. */
  function leave(id: ConversationId): void {
    if (route.params['conversationId'] === id) void router.push({ name: 'list' })
  }

  function act(what: Exclude<KeptAct, 'mute' | 'clear' | 'delete' | 'block'>): void {
    const id = idOf() as ConversationId
    const held = view.value
    if (held === null) return
    const { keeping } = client
    const { me: own, lastSeq } = held.conversation
    switch (what) {
      case 'pin': {
        const isPinned = own.pinnedAt === null
        void keeping.pin(id, isPinned)
        return said(isPinned ? 'pinned' : 'unpinned', () => keeping.pin(id, !isPinned))
      }
      case 'unmute':
        void keeping.mute(id, null)
        return said('unmuted', () => keeping.mute(id, own.mutedUntil))
      case 'hours':
      case 'week':
      case 'always':
        void keeping.mute(id, what === 'always' ? limits.muteAlways : Date.now() + muteMs[what])
        return said('muted', () => keeping.mute(id, own.mutedUntil))
      case 'read':
        if (!isUnread.value) {
          leave(id)
          void keeping.markUnread(id, true)
        } else {
          client.receipts.markRead(id, lastSeq)
          void keeping.markUnread(id, false)
        }
        return
      case 'archive': {
        const isAway = own.archivedAt !== null
        if (!isAway) leave(id)
        void keeping.archive(id, !isAway)
        return said(isAway ? 'unarchived' : 'archived', () => keeping.archive(id, isAway))
      }
    }
  }

  return {
    view,
    entries,
    act,
    isBlocked,
    /** Blocks the other, or lets them in again. */
    toggleBlock() {
      if (other.value !== null) void client.privacy.block(other.value.id, !isBlocked.value)
    },
    clear() {
      void client.keeping.clear(idOf() as ConversationId)
    },
    remove() {
      const id = idOf() as ConversationId
      leave(id)
      void client.keeping.deleteConversation(id)
    },
  }
}
