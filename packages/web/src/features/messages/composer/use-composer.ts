// What one is writing: the text, what it answers or edits, the draft, the notice that one writes, the sending.
import { limits, type ConversationId, type MessageId, type UserId } from '@palabre/protocol'
import type { ShownMessage } from '@palabre/client'
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { client } from '../../../client.ts'
import type { OpenConversation } from '../use-conversation.ts'

const draftPauseMs = 400
/** A typing notice lives 6 s on the server: said again well before that. */
const typingEveryMs = 3_000
const typingStopsMs = 5_000

export interface Composer {
  readonly text: Ref<string>
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
  send(): Promise<boolean>
}

export function useComposer(open: OpenConversation): Composer {
  const id = open.id as ConversationId
  const text = ref(open.view.value?.draft ?? '')
  const replyTo = shallowRef<ShownMessage | null>(null)
  const editing = shallowRef<ShownMessage | null>(null)
  const hasFailed = ref(false)
  const mentioned = new Map<string, string>()
  let keptDraft = ''
  let isDraftRead = open.view.value !== null
  let draftTimer: ReturnType<typeof setTimeout> | undefined
  let idleTimer: ReturnType<typeof setTimeout> | undefined
  let typingSaidAt = 0

  // Opened by its address: the draft comes with the conversation.
  watch(open.view, (view) => {
    if (isDraftRead || view === null) return
    isDraftRead = true
    if (text.value === '') text.value = view.draft
  })

  watch(text, (now, before) => {
    hasFailed.value = false
    if (editing.value !== null) return
    clearTimeout(draftTimer)
    draftTimer = setTimeout(saveDraft, draftPauseMs)
    if (now !== '' && now !== before) sayTyping()
    else if (now === '') stopTyping()
  })

  function saveDraft(): void {
    clearTimeout(draftTimer)
    draftTimer = undefined
    const draft = editing.value === null ? text.value : keptDraft
    if (draft !== (open.view.value?.draft ?? '')) client.conversations.setDraft(id, draft)
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
    stopTyping()
  })

  return {
    text,
    replyTo,
    editing,
    hasFailed,
    maxLength: limits.textLength,
    canSend: computed(() => text.value.trim() !== '' && text.value.length <= limits.textLength),
    room: computed(() => {
      const left = limits.textLength - text.value.length
      return left < 1_000 ? left : null
    }),
    reply(shown) {
      if (editing.value !== null) leaveEdit()
      replyTo.value = shown
    },
    edit(shown) {
      if (shown.message.kind !== 'text') return
      if (editing.value === null) keptDraft = text.value
      replyTo.value = null
      editing.value = shown
      text.value = shown.message.body.text
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
    async send() {
      const written = text.value.trim()
      if (written === '' || written.length > limits.textLength) return false
      const edited = editing.value
      if (edited !== null) {
        leaveEdit()
        if (edited.message.kind !== 'text' || edited.message.body.text === written) return false
        await client.messages.edit(id, edited.message.id, written)
        return false
      }
      const answered = replyTo.value?.message.id ?? null
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
        await send(written, answered, mentions)
        mentioned.clear()
        return true
      } catch {
        if (text.value === '') text.value = written
        hasFailed.value = true
        return false
      }
    },
  }

  function send(written: string, answered: MessageId | null, mentions: UserId[]) {
    return client.messages.send(id, { text: written, replyTo: answered, mentions })
  }
}
