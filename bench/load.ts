// The same load on either server: connect, send on a schedule or as fast as it answers, watch the deliveries.
import { setTimeout as wait } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import { v7 } from 'uuid'
import { percentile } from './figures.ts'
import type { Measured } from './process.ts'

export interface Person {
  auth: Record<string, unknown>
}

export async function connect(url: string, people: Person[], sync: boolean): Promise<Socket[]> {
  const sockets: Socket[] = []
  const batch = 50
  for (let from = 0; from < people.length; from += batch) {
    const part = await Promise.all(
      people.slice(from, from + batch).map(async (person) => {
        const socket = io(url, {
          transports: ['websocket'],
          forceNew: true,
          reconnection: false,
          auth: person.auth,
        })
        await new Promise<void>((resolve, reject) => {
          socket.once('connect', resolve)
          socket.once('connect_error', reject)
        })
        if (sync) await call(socket, 'sync', { conversations: {}, account: 0 })
        return socket
      }),
    )
    sockets.push(...part)
  }
  return sockets
}

async function call(socket: Socket, event: string, data: unknown): Promise<void> {
  const answer = (await socket.timeout(60_000).emitWithAck(event, data)) as { ok: boolean; error?: unknown }
  if (!answer.ok) throw new Error(`${event}: ${JSON.stringify(answer.error)}`)
}

/** What one sender says in one conversation. */
export interface Lane {
  sender: Socket
  conversationId: string
}

export interface LoadResult {
  sent: number
  perSecond: number
  deliveries: number
  cpuMsPerMessage: number
  cpuUsPerDelivery: number
  ackP50: number
  ackP99: number
  deliveryP50: number
  deliveryP99: number
}

const text = 'Bonsoir à toutes et à tous ! La mairie a dit oui pour la place, de 14 h à 23 h.'

/**
 * `rate`: messages a second over all lanes (open loop, paced by the clock); null: as fast as acknowledgements
 * come, `window` in flight a lane. Deliveries are timed from the moment of sending to the event on a receiver.
 */
export async function load(
  server: Measured,
  lanes: Lane[],
  receivers: Socket[],
  options: { rate: number | null; window: number; durationMs: number },
): Promise<LoadResult> {
  const acks: number[] = []
  const deliveryTimes: number[] = []
  const sentAt = new Map<string, number>()
  let deliveries = 0
  let sent = 0
  let inFlight = 0
  let counting = false

  const onMessage = (event: { message?: { id: string }; id?: string }) => {
    if (!counting) return
    deliveries++
    const started = sentAt.get(event.message?.id ?? event.id ?? '')
    if (started !== undefined && deliveryTimes.length < 500_000)
      deliveryTimes.push(performance.now() - started)
  }
  for (const receiver of receivers) receiver.on('receive_message', onMessage)

  const say = async (lane: Lane) => {
    const id = v7()
    const started = performance.now()
    sentAt.set(id, started)
    inFlight++
    await call(lane.sender, 'send_message', {
      conversationId: lane.conversationId,
      id,
      kind: 'text',
      body: { text },
      sentAt: Date.now(),
    })
    inFlight--
    if (!counting) return
    acks.push(performance.now() - started)
    sent++
  }

  const until = async (end: number) => {
    if (options.rate === null) {
      const worker = async (lane: Lane) => {
        while (performance.now() < end) await say(lane)
      }
      await Promise.all(lanes.flatMap((lane) => Array.from({ length: options.window }, () => worker(lane))))
      return
    }
    const begin = performance.now()
    let scheduled = 0
    while (performance.now() < end) {
      const due = Math.floor(((performance.now() - begin) * options.rate) / 1_000)
      for (; scheduled < due; scheduled++) void say(lanes[scheduled % lanes.length]!)
      await wait(1)
    }
    while (inFlight > 0) await wait(5)
  }

  await until(performance.now() + Math.min(3_000, options.durationMs))
  counting = true
  const cpuBefore = server.cpuMs()
  const begin = performance.now()
  await until(begin + options.durationMs)
  await wait(300)
  const elapsed = performance.now() - begin - 300
  const cpu = server.cpuMs() - cpuBefore
  counting = false
  for (const receiver of receivers) receiver.off('receive_message', onMessage)
  return {
    sent,
    perSecond: (sent * 1_000) / elapsed,
    deliveries,
    cpuMsPerMessage: cpu / sent,
    cpuUsPerDelivery: (cpu * 1_000) / deliveries,
    ackP50: percentile(acks, 0.5),
    ackP99: percentile(acks, 0.99),
    deliveryP50: percentile(deliveryTimes, 0.5),
    deliveryP99: percentile(deliveryTimes, 0.99),
  }
}
