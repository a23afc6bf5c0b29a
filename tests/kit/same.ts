// "Stale state + events = fresh state" (I10): a device that followed by events holds what a device that starts
// afresh gets from the server. Called after every integration test, so that every feature proves it for free.
import type { Client, ConversationView } from '@palabre/client'
import type { ConversationId, Message } from '@palabre/protocol'
import { isDeepStrictEqual } from 'node:util'
import type { Device } from './device.ts'
import { openDevice } from './device.ts'
import type { Person } from './people.ts'
import { deadlineMs, eventually, observed } from './wait.ts'

interface HeldConversation {
  readonly view: Record<string, unknown>
  readonly messages: readonly Message[]
  readonly hasBefore: boolean
}

interface Held {
  readonly me: unknown
  readonly order: readonly ConversationId[]
  readonly conversations: Readonly<Record<string, HeldConversation>>
  readonly contacts: unknown
  readonly stars: unknown
  readonly scheduled: unknown
  readonly people: Readonly<Record<string, unknown>>
}

/** For each person: all devices that run agree with a fresh one. */
export async function everyoneAgrees(url: string, people: readonly Person[]): Promise<void> {
  for (const person of people) {
    const running = person.devices.filter(({ isStopped }) => !isStopped)
    if (running.length === 0) continue
    await Promise.all(running.map(settled))
    const fresh = await openDevice(url, person, {
      deviceName: 'a fresh device',
      session: person.freshSession,
    })
    try {
      await settled(fresh)
      for (const device of running) await agree(person.name, device.client, fresh.client)
    } finally {
      await fresh.stop()
    }
  }
}

/** Waits until both hold the same; receipts may still be on their way. */
export async function agree(name: string, followed: Client, fresh: Client): Promise<void> {
  let difference = ''
  await eventually(
    () => {
      difference = differenceOf(held(followed), held(fresh))
      return difference === '' ? true : undefined
    },
    () => `${name}: followed by events, then started afresh, differ in ${difference}`,
    deadlineMs,
  )
}

async function settled({ client }: Device): Promise<void> {
  await observed(client.connection, ({ name }) => name === 'online', 'online before the comparison')
  await observed(client.waiting, (waiting) => waiting === 0, 'nothing waits before the comparison')
  const { conversations } = await observed(
    client.conversations.list,
    ({ isLoaded }) => isLoaded,
    'the list before the comparison',
  )
  for (const { conversation } of conversations) {
    const timeline = client.messages.timeline(conversation.id)
    if (!timeline.get().isLoaded)
      await observed(timeline, ({ isLoaded }) => isLoaded, 'the messages before the comparison')
  }
}

function held(client: Client): Held {
  const { conversations } = client.conversations.list.get()
  const ids = new Set(
    conversations.flatMap(({ conversation }) => conversation.members.map(({ user }) => user.id)),
  )
  return {
    me: client.me.get(),
    order: conversations.map(({ conversation }) => conversation.id),
    conversations: Object.fromEntries(
      conversations.map((view) => [view.conversation.id, heldOf(client, view)]),
    ),
    contacts: client.users.contacts.get().map(({ id, displayName }) => [id, displayName]),
    scheduled: client.keeping.scheduled.get().toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    stars: [...client.keeping.stars.get()].sort(),
    people: Object.fromEntries([...ids].sort().map((id) => [id, client.users.user(id).get()])),
  }
}

function heldOf(client: Client, view: ConversationView): HeldConversation {
  // Compared apart, as the view counts and shows them; typing is not the server's.
  const { lastMessage: _lastMessage, me, others, members, ...rest } = view.conversation
  // Their order is by name, which may have changed since the header was made.
  const conversation = { ...rest, members: members.toSorted((a, b) => (a.user.id < b.user.id ? -1 : 1)) }
  const { unread: _unread, mentions: _mentions, ...mine } = me
  const last = view.last?.isPending === false ? view.last.message : null
  const timeline = client.messages.timeline(view.conversation.id).get()
  return {
    view: {
      conversation,
      others,
      me: mine,
      title: view.title,
      other: view.other,
      unread: view.unread,
      mentions: view.mentions,
      draft: [view.draft, view.draftReplyTo],
      last,
    },
    messages: timeline.messages.filter(({ isPending }) => !isPending).map(({ message }) => message),
    hasBefore: timeline.hasBefore,
  }
}

/** Empty when they hold the same; else where they part, for whoever reads the failure. */
function differenceOf(followed: Held, fresh: Held): string {
  for (const part of ['me', 'order', 'contacts', 'stars', 'scheduled', 'people'] as const) {
    if (!isDeepStrictEqual(followed[part], fresh[part])) return told(part, followed[part], fresh[part])
  }
  for (const [id, there] of Object.entries(fresh.conversations)) {
    const here = followed.conversations[id]
    if (here === undefined) return `conversation ${id}`
    for (const key of Object.keys(there.view)) {
      if (!isDeepStrictEqual(here.view[key], there.view[key])) {
        return told(`${key} of conversation ${id}`, here.view[key], there.view[key])
      }
    }
    const windows = windowDifference(here, there)
    if (windows !== '') return `conversation ${id}: ${windows}`
  }
  return ''
}

/** One may hold a longer window than the other; where both hold messages, they are the same ones. */
function windowDifference(here: HeldConversation, there: HeldConversation): string {
  const length = Math.min(here.messages.length, there.messages.length)
  const tail = (messages: readonly Message[]) => messages.slice(messages.length - length)
  const [a, b] = [tail(here.messages), tail(there.messages)]
  const at = a.findIndex((message, i) => !isDeepStrictEqual(message, b[i]))
  if (at !== -1) return told('a message', a[at], b[at])
  for (const one of [here, there]) {
    const isShort =
      one.messages.length === length && length < Math.max(here.messages.length, there.messages.length)
    if (isShort && !one.hasBefore) return told('the window', here.messages.length, there.messages.length)
  }
  return ''
}

function told(what: string, followed: unknown, fresh: unknown): string {
  return `${what}:\n  followed: ${JSON.stringify(followed)}\n  fresh:    ${JSON.stringify(fresh)}`
}
