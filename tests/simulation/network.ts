// The virtual network: links that keep the order of what goes one way, and requests that do not. It delays, cuts, goes
// deaf in one direction without telling anybody, loses answers, and delivers a request twice. Bytes are never altered.
import { EventEmitter } from 'node:events'
import type { Clock } from './clock.ts'

export type Direction = 'up' | 'down'

/** What the server does with what comes in. */
export interface Door {
  connect(end: ServerEnd): void
  ask(request: { method: string; path: string; token: string | null; body: string | null }): Promise<Answered>
}

export interface Answered {
  status: number
  body: string
}

/** What sees everything that is sent and that arrives. */
export interface Tap {
  sent(device: string, link: object, packet: string): void
  arrived(device: string, link: object, packet: string, saidAt: number): void
  answered(
    device: string,
    request: { method: string; path: string; body: string | null },
    answer: Answered,
  ): void
}

export type ServerEnd = EventEmitter & {
  id: string
  readyState: string
  write(packet: string): void
  close(): void
}

interface Link {
  device: string
  client: EventEmitter
  server: ServerEnd | null
  /** What is sent that way never arrives, and nobody is told. */
  deaf: Record<Direction, boolean>
  /** When the last thing sent that way arrives. */
  last: Record<Direction, number>
  isClientOpen: boolean
  isServerOpen: boolean
}

/** How a device is connected to the server. */
export interface Way {
  isCut: boolean
  /** One way, at least; at most three times as much. */
  latencyMs: number
  /** Of requests over HTTP, how many are lost going there, coming back, and delivered twice. */
  loss: number
  doubling: number
  /** Of what the server says by itself, how much never leaves it, as between nodes that lost each other (P5). */
  silence: number
  /** Something was lost that way since the last connection. */
  isBehind: boolean
}

export interface Network {
  dial(device: string): EventEmitter
  fetch(url: string, init: RequestInit): Promise<Response>
  way(device: string): Way
  /** Everything that is open breaks, at both ends. */
  drop(device: string): void
  /** Nothing is broken any more; what is deaf, or has lost something, is cut off so that it begins anew. */
  mend(device: string): void
  /** From now on nothing arrives in that direction; the ends find out by their heartbeat. */
  deafen(device: string, directions: readonly Direction[]): void
  /** The device is dead: what it had open is not closed by anybody. */
  abandon(device: string): void
  /** The server is there, or (null) it is not: then everything breaks, and what was on its way is lost. */
  serve(door: Door | null): void
  /** Links that both ends believe in. */
  open(device: string): number
}

const healthy: Way = { isCut: false, latencyMs: 10, loss: 0, doubling: 0, silence: 0, isBehind: false }
/** A dead link is found in this time, by either end. */
const heartbeat = { fromMs: 20_000, toMs: 45_000 }

export function createNetwork(clock: Clock, chance: () => number, tap: Tap): Network {
  const links = new Set<Link>()
  const ways = new Map<string, Way>()
  let door: Door | null = null
  /** Grows when the server dies: what an earlier one still says is lost. */
  let generation = 0
  /** How often each device has died: what it asked before is answered to nobody. */
  const deaths = new Map<string, number>()
  let ids = 0

  const ownerOf = (device: string) => `device ${device}`

  function way(device: string): Way {
    const known = ways.get(device) ?? { ...healthy, latencyMs: 2 + chance() * 30 }
    ways.set(device, known)
    return known
  }

  function delay(device: string): number {
    return Math.ceil(way(device).latencyMs * (1 + 2 * chance()))
  }

  function between(fromMs: number, toMs: number): number {
    return fromMs + Math.floor(chance() * (toMs - fromMs))
  }

  /** In order, unless the link is deaf that way. */
  function carry(link: Link, direction: Direction, arrive: () => void): void {
    if (link.deaf[direction]) return
    const at = Math.max(link.last[direction], clock.now() + delay(link.device))
    link.last[direction] = at
    const owner = direction === 'up' ? 'server' : ownerOf(link.device)
    clock.after(at - clock.now(), owner, () => {
      if (!link.deaf[direction]) arrive()
    })
  }

  function closeClient(link: Link, reason: string): void {
    if (!link.isClientOpen) return
    link.isClientOpen = false
    forget(link)
    link.client.emit('close', reason)
  }

  function closeServer(link: Link, reason: string): void {
    if (!link.isServerOpen || link.server === null) return
    link.isServerOpen = false
    link.server.readyState = 'closed'
    forget(link)
    link.server.emit('close', reason)
  }

  function forget(link: Link): void {
    if (!link.isClientOpen && !link.isServerOpen) links.delete(link)
  }

  function breakSoon(link: Link, end: 'client' | 'server', ms: number, reason: string): void {
    if (end === 'client') clock.after(ms, ownerOf(link.device), () => closeClient(link, reason))
    else clock.after(ms, 'server', () => closeServer(link, reason))
  }

  function deafenLink(link: Link, directions: readonly Direction[]): void {
    for (const direction of directions) link.deaf[direction] = true
    for (const end of ['client', 'server'] as const)
      breakSoon(link, end, between(heartbeat.fromMs, heartbeat.toMs), 'ping timeout')
  }

  function dropWhere(device: string, isMeant: (link: Link) => boolean): void {
    for (const link of [...links].filter((one) => one.device === device && isMeant(one))) {
      link.deaf = { up: true, down: true }
      breakSoon(link, 'client', delay(device), 'transport error')
      breakSoon(link, 'server', delay(device), 'transport error')
    }
  }

  function arriveAtServer(link: Link): void {
    if (door === null || way(link.device).isCut) {
      breakSoon(link, 'client', delay(link.device), 'transport error')
      return
    }
    const server: ServerEnd = Object.assign(new EventEmitter(), {
      id: `link-${ids++}`,
      protocol: 4,
      readyState: 'open',
      remoteAddress: '192.0.2.1',
      request: {
        headers: { 'user-agent': link.device },
        url: '/socket.io/',
        connection: { encrypted: false },
        socket: { remoteAddress: '192.0.2.1' },
      },
      transport: { writable: true, name: 'websocket' },
      write(packet: string) {
        const saidAt = clock.now()
        if (!link.isServerOpen) return
        const towards = way(link.device)
        if (towards.silence > 0 && packet.startsWith('2[') && chance() < towards.silence) {
          towards.isBehind = true
          return
        }
        carry(link, 'down', () => {
          if (!link.isClientOpen) return
          tap.arrived(link.device, link, packet, saidAt)
          link.client.emit('data', packet)
        })
      },
      close() {
        if (!link.isServerOpen) return
        carry(link, 'down', () => closeClient(link, 'transport close'))
        closeServer(link, 'forced close')
      },
    })
    link.server = server
    link.isServerOpen = true
    door.connect(server)
    carry(link, 'down', () => {
      if (link.isClientOpen) link.client.emit('open')
    })
  }

  return {
    way,
    dial(device) {
      const link: Link = {
        device,
        client: new EventEmitter(),
        server: null,
        deaf: { up: false, down: false },
        last: { up: 0, down: 0 },
        isClientOpen: true,
        isServerOpen: false,
      }
      // An 'error' that nobody listens to any more is nobody's.
      link.client.on('error', () => undefined)
      Object.assign(link.client, {
        transport: { writable: true },
        _hasPingExpired: () => false,
        write(packet: string) {
          if (!link.isClientOpen) return
          tap.sent(device, link, packet)
          carry(link, 'up', () => {
            if (link.isServerOpen) link.server?.emit('data', packet)
          })
        },
        close() {
          if (!link.isClientOpen) return
          link.isClientOpen = false
          carry(link, 'up', () => closeServer(link, 'transport close'))
          forget(link)
        },
      })
      links.add(link)
      if (way(device).isCut) {
        clock.after(delay(device), ownerOf(device), () => {
          if (link.isClientOpen) link.client.emit('error', new Error('no network'))
        })
      } else carry(link, 'up', () => link.isClientOpen && arriveAtServer(link))
      return link.client
    },

    fetch(url, init) {
      const { hostname, pathname, search } = new URL(url)
      const device = hostname
      const owner = ownerOf(device)
      const { isCut, loss, doubling } = way(device)
      const request = {
        method: init.method ?? 'GET',
        path: pathname.replace('/api/v1', '') + search,
        token: new Headers(init.headers).get('authorization')?.replace('Bearer ', '') ?? null,
        body: typeof init.body === 'string' ? init.body : null,
      }
      const mine = generation
      const life = deaths.get(device)
      const isLostThere = chance() < loss
      const isLostBack = chance() < loss
      const isDoubled = chance() < doubling
      return new Promise<Response>((resolve, reject) => {
        init.signal?.addEventListener('abort', () => reject(new Error('no answer in time')))
        if (isCut || door === null) {
          clock.after(delay(device), owner, () => reject(new Error('fetch failed')))
          return
        }
        const deliver = (isFirst: boolean) => () => {
          if (door === null || mine !== generation) return
          void door.ask(request).then((answer) => {
            if (!isFirst || isLostBack || mine !== generation || way(device).isCut) return
            clock.after(delay(device), owner, () => {
              if (mine !== generation || life !== deaths.get(device)) return
              tap.answered(device, request, answer)
              const { status, body } = answer
              resolve({ ok: status < 400, status, text: async () => body } as Response)
            })
          })
        }
        if (!isLostThere) clock.after(delay(device), 'server', deliver(true))
        if (isDoubled) clock.after(delay(device) + between(0, 5_000), 'server', deliver(false))
      })
    },

    drop: (device) => dropWhere(device, () => true),

    mend(device) {
      const { isBehind } = way(device)
      ways.set(device, { ...healthy, latencyMs: 10 })
      dropWhere(device, ({ deaf }) => isBehind || deaf.up || deaf.down)
    },

    deafen(device, directions) {
      for (const link of links) if (link.device === device) deafenLink(link, directions)
    },

    abandon(device) {
      deaths.set(device, (deaths.get(device) ?? 0) + 1)
      for (const link of [...links].filter((one) => one.device === device)) {
        link.isClientOpen = false
        link.deaf = { up: true, down: true }
        const isTold = chance() < 0.7
        breakSoon(
          link,
          'server',
          isTold ? delay(device) : between(heartbeat.fromMs, heartbeat.toMs),
          'transport close',
        )
      }
    },

    serve(next) {
      generation++
      door = next
      for (const link of [...links]) {
        link.isServerOpen = false
        link.deaf = { up: true, down: true }
        // A process that dies resets its connections; a machine that does leaves them to the heartbeat.
        const isTold = chance() < 0.8
        breakSoon(
          link,
          'client',
          isTold ? delay(link.device) : between(heartbeat.fromMs, heartbeat.toMs),
          'transport error',
        )
      }
    },

    open: (device) =>
      [...links].filter((link) => link.device === device && link.isClientOpen && link.isServerOpen).length,
  }
}
