// What this node's fan-out says to the others', room by room, and hears from them. The adapter carries it to the nodes
// that have a socket in the room; nothing waits for it, and what it loses is found by `sync` (P5). A word of another
// epoch, or one that is not understood, is dropped (SYNC-7).
// Socket.IO's own broadcasts stay on their node (`local`): who hears an event is decided where its sockets are (MEM-1).
import { z } from 'zod'
import { ConversationId, Notice, UserId, events, type EventName } from '@palabre/protocol'
import type { ClusterObserver } from '../cluster/port.ts'
import type { Sockets } from './live-sockets.ts'

const Event = z.enum(Object.keys(events) as [EventName, ...EventName[]])

const RoomWord = z.discriminatedUnion('is', [
  /** To the members of a conversation as of `membersRev`. `data` was made by a node and is not looked at again. */
  z.object({
    is: z.literal('conversation'),
    conversationId: ConversationId,
    membersRev: z.int(),
    event: Event,
    data: z.unknown(),
    except: z.array(UserId),
    isVolatile: z.boolean(),
  }),
  z.object({ is: z.literal('user'), userId: UserId, event: Event, data: z.unknown() }),
  z.object({ is: z.literal('notices'), userId: UserId, notices: z.array(Notice) }),
  /** The user's sockets hear the conversation from now on, or no more. */
  z.object({ is: z.enum(['join', 'leave']), userId: UserId, conversationId: ConversationId }),
])
export type RoomWord = z.infer<typeof RoomWord>

const Envelope = z.object({ epoch: z.string(), word: RoomWord })

export interface RoomWords {
  say(room: string, word: RoomWord): void
}

export interface RoomWordsParts {
  adapter: Sockets['adapter']
  epoch: string
  isUp(): boolean
  observer: ClusterObserver
  onWord(word: RoomWord): void
}

/** The part of Socket.IO's cluster adapters that is used here: messages of one room on their way. */
interface Carrier {
  uid: string
  publish(message: { type: number; data: object }): void
  onMessage(message: { uid: string; type: number; data?: { packet?: unknown } }): void
}

/** Socket.IO's number of what goes to one room. */
const broadcast = 3

/** Null where rooms are those of this node only. */
export function createRoomWords(parts: RoomWordsParts): RoomWords | null {
  const { adapter, epoch, observer, onWord } = parts
  if (!('publish' in adapter)) return null
  const carrier = adapter as unknown as Carrier

  // In place of the adapter's own, which would emit whatever it hears, and obey orders to join, leave and close.
  carrier.onMessage = (message) => {
    if (message.uid === carrier.uid) return
    if (message.type !== broadcast) return observer.dropped('malformed')
    const read = Envelope.safeParse(message.data?.packet)
    if (!read.success) return observer.dropped('malformed')
    if (read.data.epoch !== epoch) return observer.dropped('epoch')
    observer.heard()
    onWord(read.data.word)
  }

  return {
    say(room, word) {
      if (!parts.isUp()) return observer.dropped('down')
      observer.said()
      const packet: z.infer<typeof Envelope> = { epoch, word }
      carrier.publish({ type: broadcast, data: { packet, opts: { rooms: [room], except: [], flags: {} } } })
    },
  }
}
