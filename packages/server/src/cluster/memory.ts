// The cluster of one node: presence, watchers and ended sessions in memory.
// Keeps PRES-1. Time and timers are given, so that a test need not wait for the grace.
import { randomUUID } from 'node:crypto'
import { limits, type SessionId, type Status, type UserId } from '@palabre/protocol'
import type { Cluster, PresenceChange, PresenceRegistry, Present } from './port.ts'

export interface Clock {
  now(): number
  /** Runs `task` after `ms`; answers how to call it off. Must not keep the process alive. */
  after(ms: number, task: () => void): () => void
}

const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

interface Device {
  userId: UserId
  sessionId: SessionId
  status: 'online' | 'away'
  watched: ReadonlySet<UserId>
}

interface Person {
  sockets: Map<string, Device>
  /** What was told last. */
  status: Status
  /** Set while the grace runs. */
  callOff: (() => void) | null
}

/** @param graceMs how long a user stays online after their last socket left */
export function createMemoryCluster(
  clock: Clock = systemClock,
  graceMs: number = limits.presenceGraceMs,
): Cluster {
  const endedListeners = new Set<(sessionIds: SessionId[]) => void>()
  const presence = createPresence(clock, graceMs)
  return {
    nodeId: randomUUID(),
    presence,
    sessions: {
      ended(sessionIds) {
        for (const listener of endedListeners) listener(sessionIds)
      },
      onEnded(listener) {
        endedListeners.add(listener)
        return () => void endedListeners.delete(listener)
      },
    },
    async close() {
      presence.stop()
      endedListeners.clear()
    },
  }
}

function createPresence(clock: Clock, graceMs: number): PresenceRegistry & { stop(): void } {
  const people = new Map<UserId, Person>()
  const devices = new Map<string, Device>()
  /** Who is watched, and by which sockets. */
  const watchers = new Map<UserId, Set<string>>()
  const listeners = new Set<(change: PresenceChange) => void>()

  function settle(userId: UserId, person: Person) {
    const statuses = [...person.sockets.values()].map((device) => device.status)
    const status: Status = statuses.includes('online') ? 'online' : statuses.length > 0 ? 'away' : 'offline'
    if (status === 'offline') people.delete(userId)
    if (status === person.status) return
    person.status = status
    const watching = [...(watchers.get(userId) ?? [])].map((socketId) => devices.get(socketId)?.userId)
    const watcherIds = [...new Set(watching.filter((id) => id !== undefined))]
    const change = {
      userId,
      status,
      lastSeen: status === 'offline' ? clock.now() - graceMs : null,
      watcherIds,
    }
    for (const listener of listeners) listener(change)
  }

  function unwatch(socketId: string, device: Device) {
    for (const userId of device.watched) {
      const sockets = watchers.get(userId)
      sockets?.delete(socketId)
      if (sockets?.size === 0) watchers.delete(userId)
    }
    device.watched = new Set()
  }

  return {
    connect({ socketId, userId, sessionId }) {
      const device: Device = { userId, sessionId, status: 'online', watched: new Set() }
      const person = people.get(userId) ?? { sockets: new Map(), status: 'offline', callOff: null }
      person.callOff?.()
      person.callOff = null
      people.set(userId, person)
      person.sockets.set(socketId, device)
      devices.set(socketId, device)
      settle(userId, person)
    },
    disconnect(socketId) {
      const device = devices.get(socketId)
      if (device === undefined) return
      unwatch(socketId, device)
      devices.delete(socketId)
      const person = people.get(device.userId)
      if (person === undefined) return
      person.sockets.delete(socketId)
      if (person.sockets.size > 0) return settle(device.userId, person)
      person.callOff?.()
      person.callOff = clock.after(graceMs, () => {
        person.callOff = null
        if (person.sockets.size === 0) settle(device.userId, person)
      })
    },
    setStatus({ sessionId, socketId }, status) {
      const concerned =
        socketId === null
          ? [...devices.values()].filter((device) => device.sessionId === sessionId)
          : [devices.get(socketId)].filter((device) => device !== undefined)
      for (const device of concerned) {
        device.status = status
        const person = people.get(device.userId)
        if (person !== undefined) settle(device.userId, person)
      }
    },
    watch(socketId, userIds) {
      const device = devices.get(socketId)
      if (device === undefined) return
      unwatch(socketId, device)
      device.watched = new Set(userIds)
      for (const userId of device.watched) {
        const sockets = watchers.get(userId) ?? new Set()
        watchers.set(userId, sockets.add(socketId))
      }
    },
    async of(userIds) {
      return userIds.map((userId): Present => {
        return { userId, status: people.get(userId)?.status ?? 'offline', lastSeen: null }
      })
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    stop() {
      for (const person of people.values()) person.callOff?.()
      listeners.clear()
    },
  }
}
