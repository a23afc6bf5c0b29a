// One of ten thousand: hears its conversations and holds how far it has got in each, as a device does; when the server
// goes it comes back by its own back-off, with full jitter (CON-2), and catches up by `sync`. And what all of them see
// together: deliveries and their times, typing, attempts.
import { performance } from 'node:perf_hooks'
import { limits } from '@palabre/protocol'
import { openLight, type Light } from './light.ts'

/** What all clients have seen since it was last emptied. */
export interface Seen {
  deliveries: number
  typing: number
  syncs: number
  deliveryMs: number[]
}

export interface Crowd {
  seen: Seen
  /** Starts to count anew. */
  empty(): Seen
  /** A message that is on its way, for the time until it is heard. */
  said(id: string): void
  heard(id: string): void
}

export interface CrowdClient {
  /** The highest rev of each conversation that this client has everything up to. */
  readonly revs: ReadonlyMap<string, number>
  readonly isBack: boolean
  open(): Promise<void>
  ask(event: string, input: unknown): Promise<unknown>
  tell(event: string, input: unknown): void
  stop(): void
}

/** Deliveries whose time is kept; more are only counted. */
const timesMax = 500_000
const forgetAfterMs = 60_000

export function createCrowd(): Crowd {
  const sentAt = new Map<string, number>()
  const crowd: Crowd = {
    seen: { deliveries: 0, typing: 0, syncs: 0, deliveryMs: [] },
    empty() {
      const before = crowd.seen
      crowd.seen = { deliveries: 0, typing: 0, syncs: 0, deliveryMs: [] }
      return before
    },
    said(id) {
      sentAt.set(id, performance.now())
      setTimeout(() => sentAt.delete(id), forgetAfterMs).unref()
    },
    heard(id) {
      crowd.seen.deliveries++
      const at = sentAt.get(id)
      if (at !== undefined && crowd.seen.deliveryMs.length < timesMax)
        crowd.seen.deliveryMs.push(performance.now() - at)
    },
  }
  return crowd
}

interface Delta {
  conversation: { id: string }
  rev: number
}

export function createCrowdClient(url: string, token: string, crowd: Crowd): CrowdClient {
  const revs = new Map<string, number>()
  /** The highest that was told, of conversations whose events had a hole or came during a sync. */
  const told = new Map<string, number>()
  let light: Light | null = null
  let isBack = false
  let isStopped = false
  let attempts = 0

  async function open(): Promise<void> {
    isBack = false
    light = await openLight({ url, auth: { token }, onEvent: hear, onClose: gone })
    await sync()
    isBack = true
    attempts = 0
  }

  async function sync(): Promise<void> {
    for (let more = true; more;) {
      const answer = (await light?.ask('sync', {
        conversations: Object.fromEntries(revs),
        account: 0,
      })) as { conversations: Delta[]; more: boolean }
      crowd.seen.syncs++
      for (const { conversation, rev } of answer.conversations) revs.set(conversation.id, rev)
      more = answer.more || isBehind()
    }
  }

  function isBehind(): boolean {
    for (const [id, rev] of told) if (rev <= (revs.get(id) ?? 0)) told.delete(id)
    return told.size > 0
  }

  function hear(packet: string | null): void {
    if (packet === null) return
    if (packet.startsWith('["typing"')) {
      crowd.seen.typing++
      return
    }
    if (!packet.startsWith('["receive_message"')) return
    const [, event] = JSON.parse(packet) as [
      string,
      { conversationId: string; rev: number; message: { id: string } },
    ]
    crowd.heard(event.message.id)
    const held = revs.get(event.conversationId) ?? 0
    if (event.rev === held + 1) revs.set(event.conversationId, event.rev)
    else if (event.rev > held) {
      told.set(event.conversationId, event.rev)
      // While a sync is under way it looks there before it ends.
      if (isBack) sync().catch(() => undefined)
    }
  }

  function gone(): void {
    if (isStopped || !isBack) return
    isBack = false
    again()
  }

  function again(): void {
    const ceiling = Math.min(limits.backoffMaxMs, limits.backoffFirstMs * 2 ** attempts++)
    setTimeout(() => {
      if (!isStopped) open().catch(again)
    }, Math.random() * ceiling)
  }

  return {
    revs,
    get isBack() {
      return isBack
    },
    open,
    ask: (event, input) => light?.ask(event, input) ?? Promise.reject(new Error('not open')),
    tell: (event, input) => light?.tell(event, input),
    stop() {
      isStopped = true
      light?.close()
    },
  }
}
