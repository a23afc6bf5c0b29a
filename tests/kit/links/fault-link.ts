// The way between one device and the servers, on loopback, that understands what passes: it can lose a request before
// the server has it, the answer after the server has committed, or only the acknowledgement; leave a connection
// half open; slow it down; not read; repeat and delay HTTP requests. Whoever watches hears what was said.
// Bytes are passed on or lost, never altered. `network.ts` is the simple one.
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createFrameReader, packetOf, type Packet } from './frames.ts'
import { inOrder } from '../in-order.ts'

/** Where a connection is lost around the next request. */
export type Spoil =
  /** The request does not reach the server, and the connection ends. */
  | 'beforeServer'
  /** The server has answered; the answer is lost, and the connection ends. */
  | 'afterCommit'
  /** The answer alone is lost; everything else goes on. */
  | 'onlyAck'

export interface LinkWatch {
  connected(): void
  /** A client's request has gone on to the server. */
  asked?(event: string, input: unknown): void
  /** The server's answer; `isLost`: the device does not get it. */
  answered?(event: string, input: unknown, answer: unknown, isLost: boolean): void
  /** An event from the server, on its way to the device. */
  told?(event: string, data: unknown): void
  /** A planned loss has happened. */
  spoiled?(how: Spoil, event: string): void
}

export interface FaultLink {
  readonly url: string
  /** Refuses and ends everything until `heal`. */
  cut(): void
  /** Ends what is open. */
  drop(): void
  /** What is open goes silent for ever, and neither end is told; new connections work. */
  halfOpen(): void
  /** What is open goes silent until `heal`. */
  stall(): void
  slow(byMs: number): void
  /** The device does not read what it is told until `heal`; what it says arrives. */
  deafen(): void
  /** Around the next request of one of these events, once. */
  spoil(how: Spoil, events: readonly string[]): void
  /** Around the next HTTP requests that change something: each is sent twice, or arrives late. */
  repeatHttp(times: number, laterMs: number): void
  delayHttp(times: number, byMs: number): void
  heal(): void
  close(): Promise<void>
}

interface Wire {
  readonly device: Socket
  readonly server: Socket
  isSilent: boolean
  isHalfOpen: boolean
}

interface HttpFault {
  left: number
  ms: number
}

/** `target` names the port of a server for each new connection. */
export async function createFaultLink(target: () => number, watch: LinkWatch): Promise<FaultLink> {
  const wires = new Set<Wire>()
  const plain = new Set<Socket>()
  let isCut = false
  let slowMs = 0
  let spoiling: { how: Spoil; events: readonly string[] } | null = null
  const repeating: HttpFault = { left: 0, ms: 0 }
  const delaying: HttpFault = { left: 0, ms: 0 }

  const listener = createServer((incoming, outgoing) => {
    // The server is away, or the link is: the device's connection ends without an answer.
    pass(incoming, outgoing).catch(() => incoming.socket.destroy())
  })
  listener.on('connection', (socket: Socket) => {
    socket.on('error', () => {})
    if (isCut) socket.destroy()
    plain.add(socket)
    socket.on('close', () => plain.delete(socket))
  })
  listener.on('upgrade', upgrade)

  function upgrade(incoming: IncomingMessage, duplex: Duplex, head: Buffer): void {
    // Of an HTTP server on TCP it is a socket.
    const device = duplex as Socket
    plain.delete(device)
    const server = connect(target(), '127.0.0.1')
    const wire: Wire = { device, server, isSilent: false, isHalfOpen: false }
    wires.add(wire)
    const toServer = inOrder(server, () => slowMs)
    const toDevice = inOrder(device, () => slowMs)
    const requests = new Map<number, { event: string; input: unknown; isDoomed: Spoil | null }>()
    watch.connected()

    const fromDevice = createFrameReader(({ raw, text }) => {
      const packet = text === null ? null : packetOf(text)
      if (packet?.type === 'event' && packet.ack !== null && !ask(packet, packet.ack)) return
      toServer(raw)
    })
    /** False: the request is lost. */
    function ask(packet: Extract<Packet, { type: 'event' }>, ack: number): boolean {
      const isMeant = spoiling?.events.includes(packet.name) === true
      const how = isMeant ? (spoiling?.how ?? null) : null
      if (isMeant) spoiling = null
      if (how === 'beforeServer') {
        watch.spoiled?.(how, packet.name)
        end(wire)
        return false
      }
      requests.set(ack, { event: packet.name, input: packet.data, isDoomed: how })
      watch.asked?.(packet.name, packet.data)
      return true
    }
    const fromServer = createFrameReader(({ raw, text }) => {
      const packet = text === null ? null : packetOf(text)
      if (packet?.type === 'event') watch.told?.(packet.name, packet.data)
      if (packet?.type === 'ack') {
        const asked = requests.get(packet.ack)
        requests.delete(packet.ack)
        if (asked !== undefined) {
          const { event, input, isDoomed } = asked
          watch.answered?.(event, input, packet.data, isDoomed !== null)
          if (isDoomed !== null) {
            watch.spoiled?.(isDoomed, event)
            if (isDoomed === 'afterCommit') end(wire)
            return
          }
        }
      }
      toDevice(raw)
    })

    device.on('data', fromDevice)
    afterHead(server, toDevice, fromServer)
    server.write(headOf(incoming))
    if (head.length > 0) fromDevice(head)
    for (const socket of [device, server]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        // Half open: the other end is not told.
        if (!wire.isHalfOpen) end(wire)
      })
    }
  }

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const isChange = incoming.method !== 'GET'
    if (isChange && take(delaying)) await after(delaying.ms)
    if (slowMs > 0) await after(slowMs)
    if (isCut) throw new Error('cut')
    const repeats = isChange && take(repeating)
    const { answer, content } = await forward(incoming, body)
    // As a middlebox that heard no answer would: the same bytes once more, and nobody waits for what comes back.
    if (repeats) setTimeout(() => void forward(incoming, body).catch(() => undefined), repeating.ms)
    if (isCut) throw new Error('cut')
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    outgoing.end(content)
  }

  function forward(
    incoming: IncomingMessage,
    body: Buffer,
  ): Promise<{ answer: IncomingMessage; content: Buffer }> {
    return new Promise((resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port: target(),
        method: incoming.method,
        path: incoming.url,
        headers: { ...incoming.headers, connection: 'close' },
        agent: false,
      })
      outgoing.on('error', reject)
      outgoing.on('response', (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          delete answer.headers['transfer-encoding']
          delete answer.headers.connection
          resolve({ answer, content: Buffer.concat(chunks) })
        })
      })
      outgoing.end(body)
    })
  }

  function end(wire: Wire): void {
    wires.delete(wire)
    wire.device.destroy()
    wire.server.destroy()
  }

  const drop = () => {
    for (const wire of [...wires]) if (!wire.isHalfOpen) end(wire)
    for (const socket of [...plain]) socket.destroy()
  }

  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    cut() {
      isCut = true
      drop()
    },
    drop,
    halfOpen() {
      for (const wire of wires) {
        wire.isHalfOpen = true
        wire.device.pause()
        wire.server.pause()
      }
    },
    stall() {
      for (const wire of wires) {
        wire.device.pause()
        wire.server.pause()
      }
    },
    slow(byMs) {
      slowMs = byMs
    },
    deafen() {
      for (const wire of wires) wire.server.pause()
    },
    spoil(how, events) {
      spoiling = { how, events }
    },
    repeatHttp(times, laterMs) {
      Object.assign(repeating, { left: times, ms: laterMs })
    },
    delayHttp(times, byMs) {
      Object.assign(delaying, { left: times, ms: byMs })
    },
    heal() {
      isCut = false
      slowMs = 0
      spoiling = null
      repeating.left = 0
      delaying.left = 0
      for (const wire of [...wires]) {
        if (wire.isHalfOpen) end(wire)
        wire.device.resume()
        wire.server.resume()
      }
    },
    async close() {
      isCut = true
      for (const wire of [...wires]) end(wire)
      drop()
      await new Promise((done) => listener.close(done))
    },
  }
}

function take(fault: HttpFault): boolean {
  if (fault.left === 0) return false
  fault.left -= 1
  return true
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** The request line and headers, as they came. */
function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** The answer's head goes on as it is; what follows it is frames. */
function afterHead(from: Socket, pass: (bytes: Buffer) => void, frames: (bytes: Buffer) => void): void {
  let head: Buffer | null = Buffer.alloc(0)
  from.on('data', (bytes: Buffer) => {
    if (head === null) {
      frames(bytes)
      return
    }
    head = Buffer.concat([head, bytes])
    const ends = head.indexOf('\r\n\r\n')
    if (ends < 0) return
    pass(head.subarray(0, ends + 4))
    const rest = head.subarray(ends + 4)
    head = null
    if (rest.length > 0) frames(rest)
  })
}
