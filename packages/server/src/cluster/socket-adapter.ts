// Rooms over nodes: Socket.IO's sharded Redis adapter on a link. Each room that somebody is in has a channel of its own,
// so that a node hears only of conversations that its sockets are in. The adapter carries; who may hear what is decided
// by `transport/fanout.ts`, before a word is said and again where it is heard.
import { createShardedAdapter } from '@socket.io/redis-adapter'
import type { Link } from './link.ts'
import type { SocketAdapter } from './port.ts'

export function createAdapter(link: Link): SocketAdapter {
  const say = {
    sSubscribe: () => undefined,
    sPublish: (channel: string, word: string) => {
      link.publish(channel, word)
      return Promise.resolve(0)
    },
  }
  const hear = {
    sSubscribe: (channel: string, hearer: (word: Buffer, channel: string) => void) =>
      link.subscribe(channel, hearer),
    sUnsubscribe: (channels: string | string[]) => link.unsubscribe(channels),
  }
  return createShardedAdapter(say, hear, { channelPrefix: 'palabre', subscriptionMode: 'dynamic' })
}
