// Short ways to what many tests start from: a group, a message. All over HTTP, by hand.
import { v7 } from 'uuid'
import {
  wordsOf,
  type ConversationId,
  type InputOf,
  type MediaId,
  type Message,
  type MessageId,
  type OpId,
  type SessionId,
  type UserId,
} from '@palabre/protocol'
import type { Person } from './people.ts'

export const newMessageId = () => v7() as MessageId
export const newOpId = () => v7() as OpId
export const newMediaId = () => v7() as MediaId
/** Ids that belong to nothing. */
export const someUserId = () => v7() as UserId
export const someConversationId = () => v7() as ConversationId
export const someSessionId = () => v7() as SessionId

/** The owner's new group. */
export async function groupOf(owner: Person, ...members: Person[]): Promise<ConversationId> {
  const memberIds = members.map(({ id }) => id)
  const { conversation } = await owner.does('createConversation', {
    kind: 'group',
    title: 'Walkers',
    memberIds,
  })
  return conversation.id
}

export async function directOf(one: Person, other: Person): Promise<ConversationId> {
  return (await one.does('createConversation', { kind: 'direct', userId: other.id })).conversation.id
}

/** The input that sends a text; a new id unless one is given. */
export function textTo(
  conversationId: ConversationId,
  text: string,
  id = newMessageId(),
): Extract<InputOf<'sendMessage'>, { kind: 'text' }> {
  return { conversationId, id, kind: 'text', body: { text }, sentAt: Date.now() }
}

/** Sends over HTTP. */
export async function send(
  person: Person,
  conversationId: ConversationId,
  text: string,
  more: Partial<Pick<InputOf<'sendMessage'>, 'id' | 'replyTo' | 'mentions'>> = {},
): Promise<Message> {
  const { message } = await person.does('sendMessage', { ...textTo(conversationId, text), ...more })
  if (message === undefined) throw new Error('an acknowledgement without its message')
  return message
}

/** What a message says; of a system one, its event. */
export function textOf(message: Message): string {
  return message.kind === 'system' ? message.body.event : wordsOf(message)
}

export const seqsOf = (messages: readonly Message[]) => messages.map(({ seq }) => seq)
export const textsOf = (messages: readonly Message[]) =>
  messages.filter(({ kind }) => kind === 'text').map(textOf)
/** first, first + 1, … last. */
export const range = (first: number, last: number) =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
