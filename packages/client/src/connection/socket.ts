// Opens one Socket.IO connection with our settings. Its own reconnection is off: `connection.ts` does that.
// With the library, in a piece that is loaded beside the first token.
import { io, type Socket } from 'socket.io-client'
import { inflateInOrder, inflates } from './inflate.ts'

/** The library's own, which it does not show. */
interface Inside {
  readonly decoder: { add(data: unknown): void }
  readonly engine: { close(): void }
}

export function openSocket(url: string, token: string, timeoutMs: number): Socket {
  const socket = io(url, {
    auth: { token, ...inflates() },
    reconnection: false,
    transports: ['websocket'],
    forceNew: true,
    timeout: timeoutMs,
  })
  const { decoder, engine } = socket.io as unknown as Inside
  inflateInOrder(decoder, () => engine.close())
  return socket
}
