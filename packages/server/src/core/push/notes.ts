// What a push says, as JSON that fits (PUSH-4). Pure. A device that shows less is told less: what is hidden on its screen
// is not sent to it either.
import { hash } from 'node:crypto'
import {
  limits,
  type ConversationId,
  type Message,
  type PushNote,
  type PushTarget,
  type SessionId,
} from '@palabre/protocol'
import type { PushMessage } from '../../pusher/port.ts'

const day = 24 * 3_600
/** Push services keep nothing for longer than four weeks. */
const messageTtl = 28 * day
const readTtl = day
const testTtl = 60

export interface MessageFacts {
  message: Message
  sender: string
  /** Of a group. */
  title: string | null
}

/** `unread`: of the conversation, for this person. */
export function messageNote(
  { message, sender, title }: MessageFacts,
  { preview, language }: Pick<PushTarget, 'preview' | 'language'>,
  unread: number,
): PushNote {
  const { conversationId, id, seq, kind } = message
  const shows = preview !== 'none'
  return {
    is: 'message',
    conversationId,
    messageId: id,
    seq,
    unread,
    sender: shows ? sender : null,
    title: shows ? title : null,
    text: preview === 'all' ? textOf(message) : null,
    kind: preview === 'all' ? kind : null,
    language,
  }
}

export function pushOfMessage(sessionId: SessionId, note: PushNote & { is: 'message' }): PushMessage {
  const topic = topicOf(sessionId, note.conversationId)
  return { body: fitting(note), ttl: messageTtl, urgency: 'high', topic }
}

/** Takes the place of a message that has not reached the device yet. */
export function pushOfRead(
  sessionId: SessionId,
  read: { conversationId: ConversationId; seq: number; unread: number },
): PushMessage {
  const note: PushNote = { is: 'read', ...read }
  const topic = topicOf(sessionId, read.conversationId)
  return { body: JSON.stringify(note), ttl: readTtl, urgency: 'normal', topic }
}

export function pushOfTest(testId: string, { language }: Pick<PushTarget, 'language'>): PushMessage {
  const note: PushNote = { is: 'test', testId, language }
  return { body: JSON.stringify(note), ttl: testTtl, urgency: 'high', topic: null }
}

/** Of each device its own: a push service cannot tell who is in one conversation. */
function topicOf(sessionId: SessionId, conversationId: ConversationId): string {
  return hash('sha256', `${sessionId} ${conversationId}`, 'base64url').slice(0, 32)
}

/** What was written, or is written below what was sent. */
function textOf({ body }: Message): string | null {
  const fields: Record<string, unknown> = { ...body }
  const text = [fields['text'], fields['caption']].find((value) => typeof value === 'string' && value !== '')
  return typeof text === 'string' ? cut(text, limits.pushTextLength) : null
}

/** Whole characters; an ellipsis where something is missing. */
function cut(text: string, length: number): string {
  const characters = [...text.slice(0, length * 2)]
  return characters.length > length ? `${characters.slice(0, length).join('')}…` : text
}

/** JSON takes more room for some characters than for others. */
function fitting(note: PushNote & { is: 'message' }): string {
  let body = JSON.stringify(note)
  let { text } = note
  while (Buffer.byteLength(body) > limits.pushBytes && text !== null) {
    text = text.length > 8 ? cut(text, Math.floor(text.length / 2)) : null
    body = JSON.stringify({ ...note, text })
  }
  return body
}
