// Opens one Socket.IO connection with our settings. Its own reconnection is off: `connection.ts` does that.
// With the library, in a piece that is loaded beside the first token.
import { io, type Socket } from 'socket.io-client'
import { inflateInOrder, inflates, type Inflation } from './inflate.ts'

/** The library's own, which it does not show. */
interface Inside {
  readonly decoder: { add(data: unknown): void }
  readonly engine: { close(): void }
}

export interface SocketOptions {
  url: string
  token: string
  timeoutMs: number
  inflation: Inflation
}

export function openSocket({ url, token, timeoutMs, inflation }: SocketOptions): Socket {
  const socket = io(url, {
    auth: { token, ...inflates(inflation) },
    reconnection: false,
    transports: ['websocket'],
    forceNew: true,
    timeout: timeoutMs,
  })
  const { decoder, engine } = socket.io as unknown as Inside
  inflateInOrder(decoder, inflation, () => engine.close())
  return socket
}
