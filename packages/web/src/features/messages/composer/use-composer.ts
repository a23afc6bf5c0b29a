// What one is writing: the text, what it answers or edits, the draft, the notice that one writes, the sending.
import { limits, type ConversationId, type MessageId, type UserId } from '@palabre/protocol'
import type { ShownMessage } from '@palabre/client'
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { client } from '../../../client.ts'
import { createTray, type Tray } from '../../media/composer/use-tray.ts'
import type { OpenConversation } from '../use-conversation.ts'

const draftPauseMs = 400
/** A typing notice lives 6 s on the server: said again well before that. */
const typingEveryMs = 3_000
const typingStopsMs = 5_000

export interface Composer {
  readonly text: Ref<string>
  /** Files that go with it. */
  readonly tray: Tray
  readonly replyTo: Readonly<Ref<ShownMessage | null>>
  readonly editing: Readonly<Ref<ShownMessage | null>>
  readonly canSend: ComputedRef<boolean>
  readonly maxLength: number
  /** Characters that still fit, once it gets tight; null before. */
  readonly room: ComputedRef<number | null>
  /** Could not be stored on this device: the text is back in the field. */
  readonly hasFailed: Readonly<Ref<boolean>>
  reply(shown: ShownMessage): void
  edit(shown: ShownMessage): void
  /** Drops the edit, else the reply. False when there was neither. */
  drop(): boolean
  mention(userId: string, name: string): void
  /** `at`: not now, but then. */
  send(at?: number): Promise<boolean>
}

export function useComposer(open: OpenConversation): Composer {
  const id = open.id as ConversationId
  const text = ref(open.view.value?.draft ?? '')
  const tray = createTray(open.id)
  const replyTo = shallowRef<ShownMessage | null>(null)
  const editing = shallowRef<ShownMessage | null>(null)
  const hasFailed = ref(false)
  const mentioned = new Map<string, string>()
  let keptDraft = ''
  /** The draft as this field and the other devices last agreed on it. */
  let agreed = text.value
  let draftTimer: ReturnType<typeof setTimeout> | undefined
  let idleTimer: ReturnType<typeof setTimeout> | undefined
  let typingSaidAt = 0

  // It comes with the conversation, or from another device; not where somebody is writing (KEEP-5).
  watch(
    () => [open.view.value?.draft, open.view.value?.draftReplyTo] as const,
    ([draft, answered]) => {
      if (draft === undefined) return
      const isUntouched = text.value === agreed && draftTimer === undefined && editing.value === null
      agreed = draft
      if (!isUntouched) return
      text.value = draft
      void answer(answered ?? null)
    },
  )
  void answer(open.view.value?.draftReplyTo ?? null)

  async function answer(messageId: MessageId | null): Promise<void> {
    if ((replyTo.value?.message.id ?? null) === messageId) return
    if (messageId === null) {
      replyTo.value = null
      return
    }
    const message = await client.messages.get(id, messageId).catch(() => null)
    if (message === null || message.deletedAt !== null || replyTo.value !== null) return
    const isMine = message.senderId === client.me.get()?.id
    replyTo.value = { message, isMine, state: null, isPending: false, error: null, isChanging: false }
  }

  watch(replyTo, () => {
    if (editing.value === null) planDraft()
  })

  watch(text, (now, before) => {
    hasFailed.value = false
    if (editing.value !== null || now === agreed) return
    planDraft()
    if (now !== '' && now !== before) sayTyping()
    else if (now === '') stopTyping()
  })

  function planDraft(): void {
    clearTimeout(draftTimer)
    draftTimer = setTimeout(saveDraft, draftPauseMs)
  }

  function saveDraft(): void {
    clearTimeout(draftTimer)
    draftTimer = undefined
    const draft = editing.value === null ? text.value : keptDraft
    const answered = replyTo.value?.message.id ?? null
    const held = open.view.value
    if (held !== null && (draft !== held.draft || answered !== held.draftReplyTo))
      client.conversations.setDraft(id, draft, answered)
  }

  function sayTyping(): void {
    const now = Date.now()
    if (now - typingSaidAt >= typingEveryMs) {
      typingSaidAt = now
      client.presence.setTyping(id, 'typing')
    }
    clearTimeout(idleTimer)
    idleTimer = setTimeout(stopTyping, typingStopsMs)
  }

  function stopTyping(): void {
    clearTimeout(idleTimer)
    if (typingSaidAt === 0) return
    typingSaidAt = 0
    client.presence.setTyping(id, 'idle')
  }

  function leaveEdit(): void {
    editing.value = null
    text.value = keptDraft
    keptDraft = ''
  }

  /** A page that is closed or put away does not wait for the pause. */
  function saveNow(): void {
    if (draftTimer !== undefined) saveDraft()
  }
  window.addEventListener('pagehide', saveNow)
  onScopeDispose(() => {
    window.removeEventListener('pagehide', saveNow)
    saveNow()
    tray.clear()
    stopTyping()
  })

  return {
    text,
    tray,
    replyTo,
    editing,
    hasFailed,
    maxLength: limits.textLength,
    canSend: computed(() => {
      const isReady = tray.hasItems.value ? !tray.isSending.value : text.value.trim() !== ''
      return isReady && text.value.length <= most()
    }),
    room: computed(() => {
      const left = most() - text.value.length
      return left < 1_000 ? left : null
    }),
    reply(shown) {
      if (editing.value !== null) leaveEdit()
      replyTo.value = shown
    },
    edit(shown) {
      const { body } = shown.message
      if (!('text' in body)) return
      if (editing.value === null) keptDraft = text.value
      replyTo.value = null
      editing.value = shown
      text.value = body.text
    },
    drop() {
      if (editing.value !== null) leaveEdit()
      else if (replyTo.value !== null) replyTo.value = null
      else return false
      return true
    },
    mention(userId, name) {
      mentioned.set(userId, name)
    },
    async send(at) {
      const written = text.value.trim()
      if ((written === '' && !tray.hasItems.value) || written.length > most()) return false
      const edited = editing.value
      if (edited !== null) {
        leaveEdit()
        const { body } = edited.message
        if (!('text' in body) || body.text === written) return false
        await client.messages.edit(id, edited.message.id, written)
        return false
      }
      const answered = replyTo.value?.message.id ?? null
      if (tray.hasItems.value) return await sendTray(written, answered)
      const mentions = [...mentioned]
        .filter(([, name]) => written.includes(`@${name}`))
        .map(([userId]) => userId as UserId)
        .slice(0, limits.mentions)
      // The field is free at once; the text comes back if this device cannot keep it.
      text.value = ''
      replyTo.value = null
      stopTyping()
      client.conversations.setDraft(id, '')
      try {
        await send(written, answered, mentions, at)
        mentioned.clear()
        return true
      } catch {
        if (text.value === '') text.value = written
        hasFailed.value = true
        return false
      }
    },
  }

  /** Characters that fit: a caption is shorter than a message. */
  function most(): number {
    return tray.hasItems.value ? limits.captionLength : limits.textLength
  }

  async function sendTray(written: string, answered: MessageId | null): Promise<boolean> {
    text.value = ''
    replyTo.value = null
    stopTyping()
    client.conversations.setDraft(id, '')
    try {
      await tray.send(written, answered)
      return true
    } catch {
      if (text.value === '') text.value = written
      hasFailed.value = true
      return false
    }
  }

  function send(written: string, answered: MessageId | null, mentions: UserId[], sendAt?: number) {
    const message = { text: written, replyTo: answered, mentions }
    return sendAt === undefined
      ? client.messages.send(id, message)
      : client.keeping.schedule(id, null, { ...message, sendAt })
  }
}
