// What a row of the list says about its conversation, by priority: typing, draft, failed, last message. Pure.
import type { ConversationView, MessageState } from '@palabre/client'
import { wordsOf, type Message, type SystemBody } from '@palabre/protocol'
import { plainText } from '../messages/bubble/format.ts'

export type Preview =
  | { kind: 'typing'; userIds: readonly string[] }
  | { kind: 'draft'; text: string }
  | { kind: 'failed'; text: string | null; count: number }
  /** `of`: the message's kind. Where it says nothing in words, the kind's name stands for it. */
  | {
      kind: 'text'
      of: Message['kind']
      text: string
      isMine: boolean
      state: MessageState | null
      senderId: string
    }
  | { kind: 'deleted'; isMine: boolean; senderId: string }
  | { kind: 'system'; body: SystemBody; senderId: string }
  | { kind: 'none' }

/** `isOpen`: the draft of the open conversation is in its composer, not in the list. */
export function previewOf(view: ConversationView, isOpen: boolean): Preview {
  const { last } = view
  if (view.typing.length > 0) return { kind: 'typing', userIds: view.typing }
  if (view.draft.trim() !== '' && !isOpen) return { kind: 'draft', text: oneLine(view.draft) }
  if (view.failed > 0) {
    const text = last?.state === 'failed' ? oneLine(wordsOf(last.message)) : ''
    return { kind: 'failed', text: text === '' ? null : text, count: view.failed }
  }
  if (last === null) return { kind: 'none' }
  const { message, isMine } = last
  const senderId = message.senderId
  if (message.kind === 'system') return { kind: 'system', body: message.body, senderId }
  if (message.deletedAt !== null) return { kind: 'deleted', isMine, senderId }
  const text = oneLine(wordsOf(message))
  return { kind: 'text', of: message.kind, text, isMine, state: last.state, senderId }
}

/** The first 200 characters without their marks, on one line: a row shows fewer, and a long message costs nothing. */
function oneLine(text: string): string {
  return plainText(text.slice(0, 200)).replace(/\s+/gu, ' ').trim()
}
