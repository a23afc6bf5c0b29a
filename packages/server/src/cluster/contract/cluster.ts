// What every cluster promises, in memory and through Redis: two nodes and more that hear each other, lose each other and
// find each other again. Paces are short, and nothing is measured: a test waits until what it expects is so.
import { ConversationId, SessionId, UserId } from '@palabre/protocol'
import { v7 as uuidv7 } from 'uuid'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Pace } from '../neighbours.ts'
import type { Cluster, DropReason, PresenceChange } from '../port.ts'

export interface NodeOptions {
  epoch?: string
  onDropped?(reason: DropReason): void
}

export interface ClusterWorld {
  open(options: { pace: Pace; graceMs: number } & NodeOptions): Cluster
  /** Takes the bus away, and back. */
  cut(): Promise<void>
  mend(): Promise<void>
}

const pace: Pace = { beatMs: 40, silentMs: 400, goneMs: 900 }
const graceMs = 150
const soon = { timeout: 10_000, interval: 15 }

export function clusterContract(name: string, worldOf: () => ClusterWorld): void {
  describe(`${name}: a cluster`, () => {
    const opened: Cluster[] = []
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((cluster) => cluster.close()))
    })

    function open(options: NodeOptions = {}) {
      const cluster = worldOf().open({ pace, graceMs, ...options })
      const changes: PresenceChange[] = []
      cluster.presence.onChange((change) => changes.push(change))
      opened.push(cluster)
      return Object.assign(cluster, { changes })
    }
    const heard = (cluster: Cluster) =>
      vi.waitFor(() => expect(cluster.commits.heardSince()).not.toBeNull(), soon)
    async function pair() {
      const [a, b] = [open(), open()]
      await Promise.all([heard(a), heard(b)])
      return { a, b }
    }
    const status = async (cluster: Cluster, userId: UserId) =>
      (await cluster.presence.of([userId]))[0]?.status
    const becomes = (cluster: Cluster, userId: UserId, wanted: string) =>
      vi.waitFor(async () => expect(await status(cluster, userId)).toBe(wanted), soon)
    const newUser = () => UserId.parse(uuidv7())
    const newSession = () => SessionId.parse(uuidv7())
    const socket = (userId: UserId, sessionId = newSession()) => ({ socketId: uuidv7(), userId, sessionId })

    test('[PRES-1] who is on one node is online on all, and offline a grace after the last socket anywhere', async () => {
      const { a, b } = await pair()
      const alice = newUser()
      const [onA, onB] = [socket(alice), socket(alice)]
      a.presence.connect(onA)
      await becomes(b, alice, 'online')
      b.presence.connect(onB)
      a.presence.disconnect(onA.socketId)
      b.presence.disconnect(onB.socketId)
      await becomes(a, alice, 'offline')
      await becomes(b, alice, 'offline')
      expect(b.changes.map((change) => change.status)).toEqual(['online', 'offline'])
      expect(b.changes.at(-1)?.lastSeen).toBeGreaterThan(0)
    })

    test('[PRES-1] moving to another node does not flicker', async () => {
      const { a, b } = await pair()
      const alice = newUser()
      const first = socket(alice)
      a.presence.connect(first)
      await becomes(b, alice, 'online')
      a.presence.disconnect(first.socketId)
      b.presence.connect(socket(alice))
      const other = newUser()
      const passing = socket(other)
      a.presence.connect(passing)
      a.presence.disconnect(passing.socketId)
      // The grace has passed for both when it has for who came last.
      await vi.waitFor(
        () => expect(a.changes.at(-1)).toMatchObject({ userId: other, status: 'offline' }),
        soon,
      )
      const ofAlice = [...a.changes, ...b.changes].filter((change) => change.userId === alice)
      expect(ofAlice.map((change) => change.status)).toEqual(['online', 'online'])
    })

    test('[PRES-1] away when all devices are idle, wherever they are and wherever that is said', async () => {
      const { a, b } = await pair()
      const alice = newUser()
      const [onA, onB] = [socket(alice), socket(alice)]
      a.presence.connect(onA)
      b.presence.connect(onB)
      await becomes(a, alice, 'online')
      a.presence.setStatus(onA, 'away')
      a.presence.setStatus({ sessionId: onB.sessionId, socketId: null }, 'away')
      await becomes(a, alice, 'away')
      await becomes(b, alice, 'away')
    })

    test('[PRES-1] who watches is told by the node that they are connected to, and nobody else is', async () => {
      const { a, b } = await pair()
      const [alice, bob] = [newUser(), newUser()]
      const watcher = socket(bob)
      b.presence.connect(watcher)
      b.presence.watch(watcher.socketId, [alice])
      a.presence.connect(socket(alice))
      await becomes(b, alice, 'online')
      expect(b.changes.at(-1)).toMatchObject({ userId: alice, watcherIds: [bob], isHere: false })
      expect(a.changes.find((change) => change.userId === alice)).toMatchObject({
        watcherIds: [],
        isHere: true,
      })
    })

    test('[PRES-1] a node that comes later learns who is there', async () => {
      const a = open()
      await heard(a)
      const users = Array.from({ length: 2_500 }, newUser)
      for (const user of users) a.presence.connect(socket(user))
      const b = open()
      await vi.waitFor(async () => {
        const all = await b.presence.of(users)
        expect(all.filter((person) => person.status === 'online')).toHaveLength(users.length)
      }, soon)
    })

    test('[PRES-1] a node that says goodbye leaves its people a grace, one that dies a while', async () => {
      const { a, b } = await pair()
      const [alice, bob] = [newUser(), newUser()]
      a.presence.connect(socket(alice))
      a.presence.connect(socket(bob))
      await becomes(b, alice, 'online')
      b.presence.connect(socket(bob))
      await a.close()
      await becomes(b, alice, 'offline')
      expect(await status(b, bob)).toBe('online')
    })

    test('[PRES-1] nobody stays online through a node that is silent for long', async () => {
      const { a, b } = await pair()
      const alice = newUser()
      a.presence.connect(socket(alice))
      await becomes(b, alice, 'online')
      await worldOf().cut()
      await becomes(b, alice, 'offline')
      await worldOf().mend()
      await becomes(b, alice, 'online')
    })

    test('[PRES-1] what was missed is asked for until it is known, although the question may be lost too', async () => {
      const { a, b } = await pair()
      const users = Array.from({ length: 5 }, newUser)
      for (const user of users) {
        await worldOf().cut()
        a.presence.connect(socket(user))
        await worldOf().mend()
      }
      for (const user of users) await becomes(b, user, 'online')
    })

    test('[SEC-6] a session that ends on one node has ended on all', async () => {
      const { a, b } = await pair()
      const [session, other] = [newSession(), newSession()]
      const told: SessionId[] = []
      b.sessions.onEnded((ids) => told.push(...ids))
      a.sessions.onEnded((ids) => told.push(...ids))
      a.sessions.ended([session, other])
      await vi.waitFor(() => expect(told).toEqual([session, other, session, other]), soon)
    })

    test('[MEM-1] a change of members and a mark reach the other nodes, the latest of each', async () => {
      const { a, b } = await pair()
      const conversationId = ConversationId.parse(uuidv7())
      const userId = newUser()
      const told: unknown[] = []
      b.commits.onMembersChanged((id) => told.push(id))
      b.commits.onMarked((mark) => told.push(mark))
      a.commits.marked({ conversationId, userId, deliveredSeq: 1, readSeq: 0 })
      a.commits.marked({ conversationId, userId, deliveredSeq: 2, readSeq: 2 })
      await vi.waitFor(() => expect(told).toHaveLength(1), soon)
      a.commits.membersChanged(conversationId)
      await vi.waitFor(() => expect(told).toHaveLength(2), soon)
      expect(told).toEqual([{ conversationId, userId, deliveredSeq: 2, readSeq: 2 }, conversationId])
    })

    test('[P5] without a bus nothing is believed to be whole, and it is again when the bus is back', async () => {
      const { a, b } = await pair()
      const before = b.commits.heardSince() ?? 0
      expect([a.isUp(), b.isUp()]).toEqual([true, true])
      await worldOf().cut()
      await vi.waitFor(
        () => expect([a.commits.heardSince(), b.commits.heardSince()]).toEqual([null, null]),
        soon,
      )
      expect([a.isUp(), b.isUp()]).toEqual([false, false])
      await worldOf().mend()
      await Promise.all([heard(a), heard(b)])
      expect(b.commits.heardSince()).toBeGreaterThan(before)
      const told = vi.fn()
      b.commits.onMembersChanged(told)
      const conversationId = ConversationId.parse(uuidv7())
      a.commits.membersChanged(conversationId)
      await vi.waitFor(() => expect(told).toHaveBeenCalledWith(conversationId), soon)
    })

    test('[SYNC-7] words of another epoch are dropped', async () => {
      const reasons: DropReason[] = []
      const a = open({ epoch: 'restored', onDropped: (reason) => reasons.push(reason) })
      const b = open({ epoch: 'before' })
      await Promise.all([heard(a), heard(b)])
      const alice = newUser()
      b.presence.connect(socket(alice))
      await vi.waitFor(() => expect(reasons).toContain('epoch'), soon)
      expect(await status(a, alice)).toBe('offline')
    })

    test('[SEC-1] what is counted on one node counts on the others', async () => {
      const { a, b } = await pair()
      const rules = { name: `guess${uuidv7()}`, points: 3, perMs: 60_000, isStrict: true }
      const [onA, onB] = [a.rates.counter(rules), b.rates.counter(rules)]
      for (const counter of [onA, onB, onA]) expect(await counter.take('alice')).toBe(0)
      expect(await onA.take('alice')).toBeGreaterThan(0)
      expect(await onB.take('alice')).toBeGreaterThan(0)
      expect(await onB.take('bob')).toBe(0)
    })
  })
}
