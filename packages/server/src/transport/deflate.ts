// Large packets to clients that inflate them: compressed once, however many they go to (WIRE-2, decision 0010).
// It sits where a packet is handed to a connection, below rooms and adapters: what an event costs does not depend on
// how it came here, between nodes the plain one travels, and acknowledgements are compressed as well.
// It is synchronous on purpose: nothing on a socket overtakes anything.
import { deflateRawSync } from 'node:zlib'
import { INFLATES, limits } from '@palabre/protocol'

/** Of zlib's nine: the last before the time grows faster than the bytes shrink (decision 0010). */
const level = 3

/** What engine.io tells when it has made a packet; it sends what is in there afterwards. */
export interface MadePacket {
  type: string
  data?: unknown
  options?: object
}

/** The part of engine.io's socket that matters here. */
export interface DeflatedConnection {
  on(event: 'packetCreate', listener: (packet: MadePacket) => void): unknown
  /** `extensions`: what the WebSocket itself has agreed on. */
  readonly transport: { readonly socket?: { readonly extensions?: string } }
}

export interface Deflate {
  /** From now on this connection gets large packets compressed, if its handshake has asked for it. */
  serve(connection: DeflatedConnection, auth: Readonly<Record<string, unknown>>): void
}

/** `compressed`: to be told of each compression, with the bytes before and after. */
export function createDeflate(compressed: (before: number, after: number) => void): Deflate {
  // A packet goes to all its receivers in one turn, so the last one is all that is remembered, and for no longer.
  let last: { text: string; deflated: Buffer } | null = null

  function deflatedOf(text: string): Buffer {
    // The same string: compared by its address. Another one of the same length differs within its first ids.
    if (last?.text === text) return last.deflated
    const plain = Buffer.from(text)
    const deflated = deflateRawSync(plain, { level })
    compressed(plain.length, deflated.length)
    last = { text, deflated }
    queueMicrotask(() => (last = null))
    return deflated
  }

  function replace(packet: MadePacket) {
    const { type, data } = packet
    if (type !== 'message' || typeof data !== 'string') return
    if (data.length <= limits.deflateAbove || data.length > limits.deflateUpTo) return
    packet.data = deflatedOf(data)
    // The old ones hold the plain frame, encoded for the whole room, which would be sent instead.
    packet.options = {}
  }

  return {
    serve(connection, auth) {
      if (auth['inflates'] !== INFLATES) return
      // Compressed by the WebSocket itself, where the operator has it so: not twice.
      if (connection.transport.socket?.extensions?.includes('permessage-deflate') === true) return
      connection.on('packetCreate', replace)
    },
  }
}
