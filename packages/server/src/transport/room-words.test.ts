// Words between the rooms of nodes: what is carried, and what is dropped.
import { ConversationId, UserId } from '@palabre/protocol'
import { v7 as uuidv7 } from 'uuid'
import { beforeEach, expect, test } from 'vitest'
import type { DropReason } from '../cluster/port.ts'
import type { Sockets } from './live-sockets.ts'
import { createRoomWords, type RoomWord } from './room-words.ts'

const conversationId = ConversationId.parse(uuidv7())
const userId = UserId.parse(uuidv7())
const word: RoomWord = { is: 'join', userId, conversationId }

interface Message {
  uid: string
  type: number
  data?: object
}

let heard: RoomWord[] = []
let dropped: DropReason[] = []
let isUp = true

/** A node whose messages reach the given others as JSON, as a bus carries them. */
function node(uid: string, epoch: string, others: { onMessage(message: Message): void }[]) {
  const adapter = {
    uid,
    publish(message: object) {
      const text = JSON.stringify({ ...message, uid })
      for (const other of others) other.onMessage(JSON.parse(text) as Message)
    },
    onMessage: (_message: Message) => undefined as void,
  }
  const words = createRoomWords({
    adapter: adapter as unknown as Sockets['adapter'],
    epoch,
    isUp: () => isUp,
    observer: { said: () => undefined, heard: () => undefined, dropped: (reason) => dropped.push(reason) },
    onWord: (said) => heard.push(said),
  })
  if (words === null) throw new Error('it carries nothing')
  return { adapter, words }
}

beforeEach(() => {
  heard = []
  dropped = []
  isUp = true
})

test('[MEM-1] a word reaches the other node as it was said', () => {
  const other = node('other', 'one', [])
  node('self', 'one', [other.adapter]).words.say('user:x', word)
  expect(heard).toEqual([word])
})

test('[SYNC-7] a word of another epoch is dropped', () => {
  const other = node('other', 'restored', [])
  node('self', 'one', [other.adapter]).words.say('user:x', word)
  expect([heard, dropped]).toEqual([[], ['epoch']])
})

test('[SEC-23] what is no word of ours is dropped, and orders of the adapter are not obeyed', () => {
  const { adapter } = node('other', 'one', [])
  const join = 4
  const broadcast = 3
  adapter.onMessage({ uid: 'x', type: join, data: { opts: { rooms: [] }, rooms: ['c:1'] } })
  adapter.onMessage({ uid: 'x', type: broadcast, data: { packet: { data: ['receive_message', {}] } } })
  adapter.onMessage({ uid: 'x', type: broadcast })
  const stranger = { epoch: 'one', word: { ...word, userId: 'not an id' } }
  adapter.onMessage({ uid: 'x', type: broadcast, data: { packet: stranger } })
  expect([heard, dropped]).toEqual([[], Array.from({ length: 4 }, () => 'malformed')])
})

test('[P5] without a bus nothing is said', () => {
  const other = node('other', 'one', [])
  isUp = false
  node('self', 'one', [other.adapter]).words.say('user:x', word)
  expect([heard, dropped]).toEqual([[], ['down']])
})

test('a node alone says nothing', () => {
  const adapter = {} as unknown as Sockets['adapter']
  const observer = { said: () => undefined, heard: () => undefined, dropped: () => undefined }
  expect(
    createRoomWords({ adapter, epoch: '', isUp: () => true, observer, onWord: () => undefined }),
  ).toBeNull()
})
