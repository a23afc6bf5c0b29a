// Keeps what is told of messages in step with what is read here: the number on the app's icon, notifications that are
// still on the screen, and what the service worker must know when no page is there. And takes over answers that were
// given in notifications and could not be sent.
import type { ConversationView } from '@palabre/client'
import type { ConversationId, MessageId } from '@palabre/protocol'
import { onScopeDispose, watch } from 'vue'
import { client, useObservable } from '../../client.ts'
import { usePreferences } from '../../preferences.ts'
import { changePushMemory, unreadTotal, type PushMemory } from '../../push-memory.ts'
import { showBadge } from './forget-push.ts'
import { usePush } from './use-push.ts'

/** Reading through a conversation changes much at once. */
const settleMs = 300
/** Without a key, a touch or a movement for so long, nobody looks any more. */
const idleMs = 5 * 60_000
const idleLookMs = 30_000

export function useTold(): void {
  const me = useObservable(client.me)
  const list = useObservable(client.conversations.list)
  const connection = useObservable(client.connection)
  const preferences = usePreferences()
  const push = usePush()

  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    [me, list, () => preferences.shownLanguage],
    () => {
      clearTimeout(timer)
      timer = setTimeout(() => void tell().catch(() => undefined), settleMs)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))

  async function tell(): Promise<void> {
    const userId = me.value?.id
    // One tab knows for all.
    if (userId === undefined || !list.value.isLoaded || client.tabs.role.get() === 'follower') return
    const unread = Object.fromEntries(list.value.conversations.flatMap(countOf))
    const language = preferences.shownLanguage
    const memory = await changePushMemory((before) => ({ ...before, userId, language, unread }))
    await showBadge(unreadTotal(memory))
    await closeRead(unread)
    await adopt(memory)
  }

  watch(
    () => connection.value.name === 'online',
    (isOnline) => {
      // At the first connection of each start, and after each time without one.
      if (isOnline) void push.renew()
    },
    { immediate: true },
  )
  watch(
    () => [preferences.values.notificationPreview, preferences.shownLanguage],
    () => void push.renew(),
  )
  useLooking()
}

/** Of what is muted only what mentions one counts (KEEP-3). */
function countOf({ conversation, unread, mentions }: ConversationView): [string, number][] {
  const isMuted = (conversation.me.mutedUntil ?? 0) > Date.now()
  const count = isMuted ? mentions.length : unread
  return count > 0 ? [[conversation.id, count]] : []
}

async function closeRead(unread: Readonly<Record<string, number>>): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration()
  for (const shown of (await registration?.getNotifications()) ?? []) {
    const conversationId = (shown.data as { conversationId?: string } | null)?.conversationId
    if (conversationId !== undefined && unread[conversationId] === undefined) shown.close()
  }
}

/** Into the outbox, under the ids that they have: whoever sends them first, they are stored once (P2). */
async function adopt({ replies, userId }: PushMemory): Promise<void> {
  const mine = replies.filter((reply) => reply.userId === userId)
  for (const { id, conversationId, text } of mine)
    await client.messages.send(conversationId as ConversationId, { text, messageId: id as MessageId })
  if (mine.length === 0) return
  await changePushMemory((memory) => ({
    ...memory,
    replies: memory.replies.filter((reply) => !mine.some(({ id }) => id === reply.id)),
  }))
}

/** Says when nobody looks at this page any more: from then on other ways tell of messages. */
function useLooking(): void {
  let lastMoved = Date.now()
  let wasAway: boolean | null = null
  function look(): void {
    const isAway = document.visibilityState === 'hidden' || Date.now() - lastMoved > idleMs
    if (isAway === wasAway) return
    wasAway = isAway
    client.presence.setAway(isAway)
  }
  function moved(): void {
    lastMoved = Date.now()
    if (wasAway === true) look()
  }
  const signs = ['pointerdown', 'pointermove', 'keydown', 'focus'] as const
  for (const sign of signs) addEventListener(sign, moved, { passive: true })
  document.addEventListener('visibilitychange', look)
  const timer = setInterval(look, idleLookMs)
  look()
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', look)
    for (const sign of signs) removeEventListener(sign, moved)
  })
}
