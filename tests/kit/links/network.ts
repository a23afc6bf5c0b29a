// A stretch of network between a device and a server, or between a node and what it stands on (its store, Redis), on
// loopback, that a test can spoil: cut it, stall it, slow it down, or lose what the server answers. Bytes are never
// altered, and never overtake each other.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { inOrder } from '../in-order.ts'
import { eventually } from '../wait.ts'

export interface Network {
  /** What the device connects to instead of the server. */
  readonly url: string
  readonly port: number
  /** Ends every connection and refuses new ones until `heal`. */
  cut(): void
  /** Ends every connection once; new ones work. */
  drop(): void
  /** Nothing comes through either way, and nobody is told, until `heal`. */
  stall(): void
  /** From now on what the server says is lost, on the connections that are open, until they end. */
  loseAnswers(): void
  /** Each chunk of bytes arrives that much later, in order. */
  slow(byMs: number): void
  /** As at the beginning. */
  heal(): void
  /** Bytes that came through so far, of all connections. */
  traffic(): { sent: number; received: number }
  /** Resolves when at least one connection is open. */
  connected(): Promise<void>
  close(): Promise<void>
}

interface Link {
  readonly device: Socket
  readonly server: Socket
  isDeaf: boolean
}

/** A clean network in front of a server's port, of loopback unless a host is given. */
export async function createNetwork(server: { port: number; host?: string }): Promise<Network> {
  const links = new Set<Link>()
  let isCut = false
  let slowMs = 0
  const traffic = { sent: 0, received: 0 }

  const listener = createServer((device) => {
    device.on('error', () => {})
    if (isCut) {
      device.destroy()
      return
    }
    const link: Link = { device, server: connect(server.port, server.host ?? '127.0.0.1'), isDeaf: false }
    links.add(link)
    pass(link.device, link.server, () => false)
    pass(link.server, link.device, () => link.isDeaf)
    link.device.on('data', (bytes) => (traffic.sent += bytes.length))
    link.server.on('data', (bytes) => (traffic.received += bytes.length))
    for (const end of [link.device, link.server]) {
      end.on('error', () => {})
      end.on('close', () => endLink(link))
    }
  })

  function pass(from: Socket, to: Socket, isLost: () => boolean): void {
    const write = inOrder(to, () => slowMs)
    from.on('data', (bytes) => {
      if (!isLost()) write(bytes)
    })
    from.on('end', () => to.end())
  }

  function endLink(link: Link): void {
    links.delete(link)
    link.device.destroy()
    link.server.destroy()
  }

  const dropAll = () => [...links].forEach(endLink)
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done))
  const { port } = listener.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    cut() {
      isCut = true
      dropAll()
    },
    drop: dropAll,
    stall() {
      for (const { device, server: upstream } of links) {
        device.pause()
        upstream.pause()
      }
    },
    loseAnswers() {
      for (const link of links) link.isDeaf = true
    },
    slow(byMs) {
      slowMs = byMs
    },
    heal() {
      isCut = false
      slowMs = 0
      for (const link of links) {
        if (link.isDeaf) endLink(link)
        link.device.resume()
        link.server.resume()
      }
    },
    traffic: () => ({ ...traffic }),
    async connected() {
      await eventually(() => (links.size > 0 ? true : undefined), 'a connection through the network')
    },
    async close() {
      dropAll()
      await new Promise((done) => listener.close(done))
    },
  }
}
