// Puts together what every feature stands on. What only the tab that leads may do, a tab that follows asks it for.
import { PalabreError } from '@palabre/protocol'
import type { Engine } from './engine.ts'
import type { Sync } from './sync/sync.ts'

type Parts = Omit<Engine, 'me' | 'isOnline' | 'sync'> & { sync: Sync }

export function createEngine({ sync, outbox, remote, replica, connection, ...rest }: Parts): Engine {
  return {
    ...rest,
    replica,
    remote,
    connection,
    sync: {
      request: async (what) => void (await (remote()?.({ do: 'sync', what }) ?? sync.request(what))),
    },
    outbox: {
      ...outbox,
      retry: async (id, messageId) =>
        void (await (remote()?.({ do: 'retry', id, messageId }) ?? outbox.retry(id, messageId))),
      discard: async (id, messageId) =>
        void (await (remote()?.({ do: 'discard', id, messageId }) ?? outbox.discard(id, messageId))),
      cancel: async (id, messageId) =>
        (await (remote()?.({ do: 'cancel', id, messageId }) ?? outbox.cancel(id, messageId))) === true,
    },
    me() {
      const user = replica.me()
      if (!user) throw new PalabreError('SESSION_ENDED')
      return user.id
    },
    isOnline: connection.isConnected,
  }
}
