// Tells of new messages while the page is hidden: through the browser, when the person asked for it and allowed it.
// Not pushes: nothing comes when no page is open. Never for what one wrote oneself, nor for muted conversations.
import type { ConversationView } from '@palabre/client'
import { onScopeDispose } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { client } from '../../client.ts'
import { usePreferences } from '../../preferences.ts'
import { playSound } from './play-sound.ts'

/** Characters of a message that a notification shows. */
const shownCharacters = 180

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
      if (!isFirst && lastSeq > (before ?? 0)) tell(view)
    }
    isFirst = false
  }

  function tell(view: ConversationView): void {
    const { last, conversation } = view
    if (last === null || last.isMine || view.unread === 0 || last.message.kind !== 'text') return
    if ((conversation.me.mutedUntil ?? 0) > Date.now()) return
    // One tab tells for all, and nobody is told of what is before their eyes in another one.
    if (client.tabs.role.get() === 'follower' || client.tabs.isLookedAt()) return
    if (preferences.values.sound) playSound()
    if (preferences.values.notifications) show(view, last.message.senderId, last.message.body.text)
  }

  function show(view: ConversationView, senderId: string, text: string): void {
    if (!('Notification' in globalThis) || Notification.permission !== 'granted') return
    const sender = view.conversation.members.find(({ user }) => user.id === senderId)?.user.displayName
    const said =
      view.conversation.kind === 'group' && sender !== undefined ? `${sender}${t('list.says')}${text}` : text
    const path = `/c/${view.conversation.id}`
    const options: NotificationOptions = {
      body: preferences.values.notificationText ? said.slice(0, shownCharacters) : t('notify.newMessage'),
      tag: view.conversation.id,
      icon: '/brand/icon-192.png',
      badge: '/brand/favicon-32.png',
      data: { path },
    }
    // On phones only the service worker may show one.
    void navigator.serviceWorker?.getRegistration().then((registration) => {
      if (registration?.active) return registration.showNotification(view.title, options)
      const notification = new Notification(view.title, options)
      notification.addEventListener('click', () => {
        window.focus()
        void router.push(path)
        notification.close()
      })
      return undefined
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
    if (data?.name === 'open' && typeof data.path === 'string' && data.path.startsWith('/c/')) {
      void router.push(data.path)
    }
  }
  navigator.serviceWorker?.addEventListener('message', openFromWorker)
  onScopeDispose(() => {
    stop()
    navigator.serviceWorker?.removeEventListener('message', openFromWorker)
  })
}
