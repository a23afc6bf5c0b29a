// Socket.IO's decoder, fenced (SECURITY §4.5): only text, only CONNECT, DISCONNECT and EVENT, only JSON that
// does not nest too deep (SEC-11, SEC-12). What it throws closes the connection, as any malformed packet does.
// It is an object with a factory's face: Socket.IO calls `new Decoder()` and gets the fenced one.
import { limits } from '@palabre/protocol'
import * as parser from 'socket.io-parser'
import { isTooDeep } from './depth.ts'

const connect = 0x30
const event = 0x32

/** A decoder to hand to Socket.IO as `parser: { ...parser, Decoder: StrictDecoder }`. */
export function StrictDecoder(): parser.Decoder {
  const decoder = new parser.Decoder({ maxAttachments: 0 })
  const add = decoder.add.bind(decoder)
  decoder.add = (data: unknown) => {
    if (typeof data !== 'string') throw new Error('only text is taken')
    const type = data.charCodeAt(0)
    // We never ask a client for an acknowledgement and take no binary: 3 to 6 have no use.
    if (!(type >= connect && type <= event)) throw new Error('a packet of a type that is not taken')
    // The event's own list is one level more than its data.
    if (isTooDeep(data, limits.jsonDepth + 1, 1)) throw new Error('the packet nests too deep')
    add(data)
  }
  return decoder
}

/** What `new Server({ parser })` takes. */
export const strictParser = { ...parser, Decoder: StrictDecoder }
