// What the suites stand on: a fresh store per file, people, conversations and messages made through its port.
// Each test makes its own people, so that nothing depends on the order of tests.
import { v7 } from 'uuid'
import type {
  ConversationId,
  ErrorCode,
  Message,
  MessageId,
  OpId,
  SystemBody,
  User,
  UserId,
} from '@palabre/protocol'
import { expect } from 'vitest'
import type { Appended, NewMessage } from '../port/log.ts'
import type { Store } from '../port/store.ts'

/** Opens the store of `place`, a name: the same place again holds what it held. */
export type OpenStore = (place: string, options?: { now?: () => number }) => Promise<Store>
/** The suite's one store, open while its tests run. */
export type StoreOf = () => Store

export const newMessageId = () => v7() as MessageId
export const newConversationId = () => v7() as ConversationId
export const newOpId = () => v7() as OpId
export const newUserId = () => v7() as UserId

/** An arbitrary time of the server's clock. */
export const start = 1_750_000_000_000

let people = 0

export async function person(store: Store, displayName = 'Someone'): Promise<User> {
  people += 1
  const username = `person${people}x${v7().slice(-6)}`
  return store.users.create({
    id: newUserId(),
    username,
    skeleton: username,
    displayName,
    passwordHash: 'hash',
    now: start,
  })
}

export async function persons(store: Store, count: number): Promise<User[]> {
  return Promise.all(Array.from({ length: count }, () => person(store)))
}

export async function direct(store: Store, a: User, b: User): Promise<ConversationId> {
  const { conversationId } = await store.conversations.createDirect({
    id: newConversationId(),
    messageId: newMessageId(),
    userId: a.id,
    otherId: b.id,
    now: start,
  })
  return conversationId
}

export async function group(
  store: Store,
  owner: User,
  others: User[],
  title = 'Group',
): Promise<ConversationId> {
  const { conversationId } = await store.conversations.createGroup({
    id: newConversationId(),
    messageId: newMessageId(),
    userId: owner.id,
    title,
    memberIds: others.map((user) => user.id),
    opId: null,
    now: start,
  })
  return conversationId
}

export function textBy(
  sender: User,
  conversationId: ConversationId,
  text: string,
  given: Partial<NewMessage> = {},
): NewMessage {
  return {
    id: newMessageId(),
    conversationId,
    senderId: sender.id,
    requires: 'member',
    content: { kind: 'text', body: { text } },
    replyTo: null,
    mentions: [],
    sentAt: start - 5,
    createdAt: start,
    hash: `hash of ${text}`,
    ...given,
  }
}

export function systemBy(
  sender: User,
  conversationId: ConversationId,
  body: SystemBody,
  given: Partial<NewMessage> = {},
): NewMessage {
  return textBy(sender, conversationId, '', {
    content: { kind: 'system', body },
    hash: JSON.stringify(body),
    ...given,
  })
}

/** The message of an append that must have stored one. */
export function storedOf(appended: Appended): Message {
  expect(appended.outcome).toBe('stored')
  if (appended.message === null) throw new Error('nothing was stored')
  return appended.message
}

export async function say(
  store: Store,
  sender: User,
  conversationId: ConversationId,
  text: string,
  given: Partial<NewMessage> = {},
): Promise<Message> {
  return storedOf(await store.log.append(textBy(sender, conversationId, text, given)))
}

export async function happen(
  store: Store,
  sender: User,
  conversationId: ConversationId,
  body: SystemBody,
): Promise<Message> {
  return storedOf(await store.log.append(systemBy(sender, conversationId, body)))
}

/** All that the log holds, in seq order. */
export async function allOf(store: Store, conversationId: ConversationId): Promise<Message[]> {
  return store.log.after(conversationId, 0, 1, 100_000)
}

/** 1, 2, 3 … `count` */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

export async function expectRefusal(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await expect(promise).rejects.toMatchObject({ name: 'PalabreError', code })
}

/** After every test of the log: numbers are dense, and the header is what the log says. */
export async function expectWhole(store: Store, conversationId: ConversationId): Promise<void> {
  const messages = await allOf(store, conversationId)
  const row = await store.conversations.byId(conversationId)
  const view = await store.members.view(conversationId)
  expect(messages.map((message) => message.seq)).toEqual(upTo(messages.length))
  expect(row?.lastSeq).toBe(messages.length)
  expect(row?.rev).toBe(Math.max(...messages.map((message) => message.rev)))
  expect(new Set(messages.map((message) => message.rev)).size).toBe(messages.length)
  for (const message of messages) {
    expect(message.rev).toBeGreaterThanOrEqual(message.seq)
    expect(message.bodyRev).toBeLessThanOrEqual(message.rev)
  }
  expect(view?.members.size).toBe(row?.header.memberCount)
  expect(view?.membersRev).toBe(row?.membersRev)
  const inRevOrder = await store.log.since(conversationId, 0, 1, 100_000)
  expect(inRevOrder).toEqual([...messages].sort((a, b) => a.rev - b.rev))
}
