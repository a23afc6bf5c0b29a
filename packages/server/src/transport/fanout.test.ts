import { ConversationId, UserId, type EventData } from '@palabre/protocol'
import { pino } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import { expect, test, vi } from 'vitest'
import type { MembersView } from '../store/port/members.ts'
import { createFanout } from './fanout.ts'
import type { Sockets } from './live-sockets.ts'

const conversationId = ConversationId.parse(uuidv7())
const [alice, bob] = [UserId.parse(uuidv7()), UserId.parse(uuidv7())]
const typing: EventData<'typing'> = { conversationId, userId: alice, state: 'typing' }

/** One socket each, named after its user, and what it heard. */
function setUp(options: { known: MembersView | null; stored: MembersView | null }) {
  const rooms = new Map<string, Set<string>>()
  const sids = new Map<string, Set<string>>()
  const heard: [string, string][] = []
  const add = (socketId: string, names: Set<string>) => {
    for (const name of names) {
      rooms.set(name, (rooms.get(name) ?? new Set()).add(socketId))
      sids.set(socketId, (sids.get(socketId) ?? new Set()).add(name))
    }
  }
  const del = (socketId: string, name: string) => {
    rooms.get(name)?.delete(socketId)
    sids.get(socketId)?.delete(name)
    if (rooms.get(name)?.size === 0) rooms.delete(name)
  }
  const target = (room: string, except: string[] = []): unknown => ({
    except: (name: string) => target(room, [...except, name]),
    get volatile() {
      return target(room, except)
    },
    emit(event: string) {
      const excluded = new Set(except.flatMap((name) => [...(rooms.get(name) ?? [])]))
      for (const socketId of rooms.get(room) ?? []) if (!excluded.has(socketId)) heard.push([socketId, event])
    },
  })
  const sockets = {
    adapter: { rooms, sids, addAll: add, del, on: () => undefined },
    to: (room: string) => target(room),
    userOf: (socketId: string) => socketId,
    left: () => undefined,
    wants: () => undefined,
    isWanted: () => true,
    settled: () => Promise.resolve(),
  } as unknown as Sockets
  let known = options.known
  const fanout = createFanout({
    sockets,
    logger: pino({ enabled: false }),
    fannedOut: () => undefined,
    memberships: {
      known: () => known,
      view: async () => (known = options.stored),
    },
  })
  for (const user of [alice, bob]) {
    add(user, new Set([user, `user:${user}`]))
    fanout.join(user, conversationId)
  }
  return { fanout, heard, rooms, knows: (next: MembersView) => void (known = next) }
}

function view(membersRev: number, ...userIds: UserId[]): MembersView {
  const members = userIds.map((userId) => [
    userId,
    { userId, role: 'member', joinedAt: 0, joinedSeq: 1, joinedRev: 1 },
  ])
  return { conversationId, membersRev, members: new Map(members as [UserId, never][]) }
}

test('a room hears an event at once when the members are known', () => {
  const { fanout, heard } = setUp({ known: view(1, alice, bob), stored: null })
  fanout.toConversation(conversationId, 1, 'typing', typing, { except: [alice] })
  expect(heard).toEqual([[bob, 'typing']])
})

test('[MEM-1] a socket that stayed in the room after its user left hears nothing', () => {
  const { fanout, heard, rooms } = setUp({ known: view(2, alice), stored: null })
  fanout.toConversation(conversationId, 2, 'typing', typing)
  expect(heard).toEqual([[alice, 'typing']])
  expect(rooms.get(`c:${conversationId}`)).toEqual(new Set([alice]))
})

test('[MEM-1] an older view is read again before anything is told, and order is kept', async () => {
  const { fanout, heard } = setUp({ known: view(1, alice, bob), stored: view(2, alice) })
  fanout.toConversation(conversationId, 2, 'typing', typing)
  fanout.toConversation(conversationId, 2, 'conversation_removed', { conversationId })
  expect(heard).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  expect(heard).toEqual([
    [alice, 'typing'],
    [alice, 'conversation_removed'],
  ])
})

test('[MEM-1] when the store itself is behind the event, nobody is told', async () => {
  const { fanout, heard } = setUp({ known: null, stored: view(1, alice, bob) })
  fanout.toConversation(conversationId, 2, 'typing', typing)
  await new Promise((resolve) => setImmediate(resolve))
  expect(heard).toEqual([])
})

test('[MEM-1] who comes into the room later is looked at too', () => {
  const { fanout, heard } = setUp({ known: view(2, alice), stored: null })
  fanout.toConversation(conversationId, 2, 'typing', typing)
  fanout.join(bob, conversationId)
  fanout.toConversation(conversationId, 2, 'typing', typing)
  expect(heard).toEqual([
    [alice, 'typing'],
    [alice, 'typing'],
  ])
})

test('[MEM-2] what was gathered for somebody who is removed meanwhile is not told', async () => {
  const { fanout, heard, knows } = setUp({ known: view(1, alice, bob), stored: null })
  const others = { deliveredSeq: 1, readSeq: 1 }
  for (const user of [alice, bob]) fanout.notifyUser(user, { event: 'receipts', conversationId, others })
  knows(view(2, alice))
  await vi.waitFor(() => expect(heard).toEqual([[alice, 'notifications_batch']]))
  fanout.close()
})

test('[CON-1] a socket that is not where it should be is let in, and asks again', async () => {
  const { fanout, heard, rooms } = setUp({ known: view(1, alice, bob), stored: null })
  rooms.get(`c:${conversationId}`)?.delete(bob)
  fanout.leaveSocket(bob, conversationId)
  expect(await fanout.mendSocket(bob, [conversationId])).toBe(true)
  expect(await fanout.mendSocket(bob, [conversationId])).toBe(false)
  fanout.toConversation(conversationId, 1, 'typing', typing)
  expect(heard.map(([socketId]) => socketId).sort()).toEqual([alice, bob].sort())
})

test('[SYNC-11] what has been told is known, and a hint goes to each socket of the room', () => {
  const { fanout, heard } = setUp({ known: view(1, alice, bob), stored: null })
  fanout.toConversation(conversationId, 1, 'message_updated', { conversationId, rev: 7 })
  fanout.toConversation(conversationId, 1, 'message_updated', { conversationId, rev: 6 })
  expect([...fanout.heads]).toEqual([[conversationId, 7]])
  heard.length = 0
  fanout.hint(new Map([[conversationId, 9]]))
  expect(heard.map(([, event]) => event)).toEqual(['sync_hint', 'sync_hint'])
  expect([...fanout.heads]).toEqual([[conversationId, 9]])
})
