import { beforeEach, expect, test } from 'vitest'
import { SessionId, UserId } from '@palabre/protocol'
import type { Clock } from './clock.ts'
import { clusterContract } from './contract/cluster.ts'
import { createMemoryHub, type MemoryHub } from './link.ts'
import { createMemoryCluster } from './memory.ts'
import { memoryCounter } from './memory-rates.ts'
import type { Cluster, Counter, PresenceChange } from './port.ts'

const alice = UserId.parse('01890000-0000-7000-8000-00000000000a')
const bob = UserId.parse('01890000-0000-7000-8000-00000000000b')
const session = SessionId.parse('01890000-0000-7000-8000-0000000000aa')
const other = SessionId.parse('01890000-0000-7000-8000-0000000000bb')
const graceMs = 10_000

let time = 0
let timers: { at: number; task: () => void }[] = []
const clock: Clock = {
  now: () => time,
  after(ms, task) {
    const timer = { at: time + ms, task }
    timers.push(timer)
    return () => {
      timers = timers.filter((each) => each !== timer)
    }
  },
}
function pass(ms: number) {
  time += ms
  const due = timers.filter((timer) => timer.at <= time)
  timers = timers.filter((timer) => timer.at > time)
  for (const { task } of due) task()
}

let cluster: Cluster
let changes: PresenceChange[]
beforeEach(() => {
  time = 1_000_000
  timers = []
  changes = []
  cluster = createMemoryCluster(clock, graceMs)
  cluster.presence.onChange((change) => changes.push(change))
})
const statuses = () => changes.map(({ userId, status }) => [userId === alice ? 'alice' : 'bob', status])
const connect = (socketId: string, userId = alice, sessionId = session) =>
  cluster.presence.connect({ socketId, userId, sessionId })

test('[PRES-1] online with the first socket, offline a grace after the last one left', async () => {
  connect('s1')
  connect('s2')
  cluster.presence.disconnect('s1')
  cluster.presence.disconnect('s2')
  pass(graceMs - 1)
  expect(statuses()).toEqual([['alice', 'online']])
  pass(1)
  expect(statuses()).toEqual([
    ['alice', 'online'],
    ['alice', 'offline'],
  ])
  expect(changes[1]?.lastSeen).toBe(1_000_000)
  expect(await cluster.presence.of([alice, bob])).toMatchObject([
    { status: 'offline' },
    { status: 'offline' },
  ])
})

test('[PRES-1] a reload does not flicker', () => {
  connect('s1')
  cluster.presence.disconnect('s1')
  pass(graceMs - 1)
  connect('s2')
  pass(graceMs * 3)
  expect(statuses()).toEqual([['alice', 'online']])
})

test('[PRES-1] away when every device is idle', () => {
  connect('s1')
  connect('s2', alice, other)
  cluster.presence.setStatus({ sessionId: session, socketId: 's1' }, 'away')
  expect(statuses()).toEqual([['alice', 'online']])
  cluster.presence.setStatus({ sessionId: other, socketId: null }, 'away')
  cluster.presence.setStatus({ sessionId: session, socketId: 's1' }, 'online')
  expect(statuses()).toEqual([
    ['alice', 'online'],
    ['alice', 'away'],
    ['alice', 'online'],
  ])
})

test('who watches is told, once each, and no more after watching others or leaving', () => {
  connect('b1', bob, other)
  connect('b2', bob, other)
  cluster.presence.watch('b1', [alice])
  cluster.presence.watch('b2', [alice])
  changes = []
  connect('s1')
  expect(changes[0]?.watcherIds).toEqual([bob])
  cluster.presence.watch('b1', [])
  cluster.presence.disconnect('b2')
  cluster.presence.setStatus({ sessionId: session, socketId: 's1' }, 'away')
  expect(changes[1]?.watcherIds).toEqual([])
})

test('what is ended is told to every listener until it stops', () => {
  const heard: SessionId[][] = []
  const stop = cluster.sessions.onEnded((ids) => heard.push(ids))
  cluster.sessions.ended([session])
  stop()
  cluster.sessions.ended([other])
  expect(heard).toEqual([[session]])
})

let hub: MemoryHub
let counters: Map<string, Counter>
beforeEach(() => {
  hub = createMemoryHub()
  counters = new Map()
})
clusterContract('memory', () => ({
  open({ pace, graceMs: grace, epoch = 'one', onDropped = () => undefined }) {
    return createMemoryCluster(undefined, grace, {
      link: hub.join(),
      isShared: true,
      epoch,
      pace,
      observer: { said: () => undefined, heard: () => undefined, dropped: onDropped },
      rates: {
        // Of one process: what is counted is counted together anyway.
        counter(rules) {
          const counter = counters.get(rules.name) ?? memoryCounter(rules)
          counters.set(rules.name, counter)
          return counter
        },
      },
    })
  },
  cut: async () => hub.setUp(false),
  mend: async () => hub.setUp(true),
}))
