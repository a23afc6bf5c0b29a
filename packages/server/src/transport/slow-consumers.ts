// Closes sockets that do not read what they are sent: their backlog is this process's memory (SEC-13).
// They lose nothing: they come back and catch up.
import type { Logger } from 'pino'
import type { LiveServer, LiveSocket } from './live-sockets.ts'

/** Bytes waiting for one socket. */
const backlogBytes = 4 * 1_024 * 1_024
const everyMs = 1_000

export function watchSlowConsumers(io: LiveServer, logger: Logger): { close(): void } {
  const timer = setInterval(() => {
    for (const socket of io.of('/').sockets.values()) {
      const waiting = backlogOf(socket)
      if (waiting <= backlogBytes) continue
      logger.warn(
        { socketId: socket.id, waiting, reason: 'SLOW_CONSUMER' },
        'a socket that does not read was closed',
      )
      // A polite close would wait behind the backlog.
      terminate(socket)
    }
  }, everyMs)
  timer.unref()
  return { close: () => clearInterval(timer) }
}

interface Connection {
  writeBuffer?: { data?: unknown }[]
  transport?: { socket?: { bufferedAmount?: number; terminate?: () => void } }
}

/** What engine.io holds for the transport, and what the transport holds for the network. */
function backlogOf(socket: LiveSocket): number {
  const { writeBuffer = [], transport } = socket.conn as unknown as Connection
  let bytes = transport?.socket?.bufferedAmount ?? 0
  for (const { data } of writeBuffer) {
    if (typeof data === 'string' || data instanceof Uint8Array) bytes += data.length
  }
  return bytes
}

function terminate(socket: LiveSocket) {
  const { transport } = socket.conn as unknown as Connection
  if (transport?.socket?.terminate === undefined) socket.disconnect(true)
  else transport.socket.terminate()
}
