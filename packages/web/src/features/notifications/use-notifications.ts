// Tells of new messages while the page is hidden: through the browser, when the person asked for it and allowed it.
// What comes when no page is open is pushed (`service-worker/`); both show one notification for a conversation, and
// whoever is faster does. Never for what one wrote oneself, nor for muted conversations but
// what mentions one there.
import type { ConversationView } from '@palabre/client'
import { onScopeDispose } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { client } from '../../client.ts'
import { usePreferences } from '../../preferences.ts'
import { kindWords } from '../messages/kind-words.ts'
import { playSound } from './play-sound.ts'

/** Characters of a message that a notification shows, and messages. */
const shownCharacters = 180
const shownLines = 4

export function useNotifications(): void {
  const { t } = useI18n()
  const router = useRouter()
  const preferences = usePreferences()
  /** The newest seq of each conversation that was already there, or told of. */
  const told = new Map<string, number>()
  let isFirst = true

  function look(conversations: readonly ConversationView[]): void {
    for (const view of conversations) {
      const { id, lastSeq } = view.conversation
      const before = told.get(id)
      told.set(id, Math.max(lastSeq, before ?? 0))
      if (!isFirst && lastSeq > (before ?? 0)) tell(view, before ?? 0)
    }
    isFirst = false
  }

  function tell(view: ConversationView, before: number): void {
    const { last, conversation } = view
    if (last === null || last.isMine || view.unread === 0 || last.message.kind === 'system') return
    // Who is mentioned is told all the same (KEEP-3).
    const isMuted = (conversation.me.mutedUntil ?? 0) > Date.now()
    if (isMuted && !view.mentions.some((seq) => seq > before)) return
    // One tab tells for all, and nobody is told of what is before their eyes in another one.
    if (client.tabs.role.get() === 'follower' || client.tabs.isLookedAt()) return
    if (preferences.values.sound) playSound()
    if (preferences.values.notifications) void show(view, last.message.senderId, kindWords(last.message, t))
  }

  async function show(view: ConversationView, senderId: string, text: string): Promise<void> {
    if (!('Notification' in globalThis) || Notification.permission !== 'granted') return
    const { id, lastSeq, kind, members } = view.conversation
    const { notificationPreview: preview } = preferences.values
    const sender = members.find(({ user }) => user.id === senderId)?.user.displayName
    const said = preview === 'all' ? text.slice(0, shownCharacters) : t('notifications.newMessage')
    const line =
      kind === 'group' && sender !== undefined && preview !== 'none'
        ? `${sender}${t('list.says')}${said}`
        : said
    const title = preview === 'none' ? 'Palabre' : view.title
    const path = `/c/${id}`
    const registration = await navigator.serviceWorker?.getRegistration()
    // On phones only the service worker may show one.
    if (!registration?.active) {
      const notification = new Notification(title, { body: line, tag: id })
      notification.addEventListener('click', () => {
        window.focus()
        void router.push(path)
        notification.close()
      })
      return
    }
    // A push was faster.
    const [shown] = await registration.getNotifications({ tag: id })
    const before = shown?.data as { seq?: number; lines?: string[] } | null | undefined
    if ((before?.seq ?? 0) >= lastSeq) return
    const lines = [...(view.unread > 1 ? (before?.lines ?? []) : []), line].slice(-shownLines)
    await registration.showNotification(view.unread > 1 ? `${title} (${view.unread})` : title, {
      body: lines.join('\n'),
      tag: id,
      icon: '/brand/icon-192.png',
      badge: '/brand/badge-96.png',
      data: { path, conversationId: id, userId: client.me.get()?.id ?? null, seq: lastSeq, lines },
    })
  }

  const list = client.conversations.list
  if (list.get().isLoaded) look(list.get().conversations)
  const stop = list.subscribe((view) => {
    if (view.isLoaded) look(view.conversations)
  })

  /** The service worker tells which notification was pressed. */
  function openFromWorker(event: MessageEvent<unknown>): void {
    const data = event.data as { name?: unknown; path?: unknown } | null
    if (data?.name === 'open' && typeof data.path === 'string' && /^\/(c|settings)\//.test(data.path)) {
      void router.push(data.path)
    }
  }
  navigator.serviceWorker?.addEventListener('message', openFromWorker)
  onScopeDispose(() => {
    stop()
    navigator.serviceWorker?.removeEventListener('message', openFromWorker)
  })
}
