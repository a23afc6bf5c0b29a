// Who is there, on this node and on the others. Keeps PRES-1. A node says how its own users are; each adds it up for
// itself, so that a question is answered from memory and a node that dies takes only its own with it. Who watches whom
// is known to the node that the watcher is connected to, and to nobody else.
import type { SessionId, Status, UserId } from '@palabre/protocol'
import type { Clock } from './clock.ts'
import type { PresenceChange, PresenceRegistry, Present } from './port.ts'

/** A user as one node sees them, and when their last socket there left. */
export type PersonWord = [userId: UserId, status: Status, lastSeen: number | null]

export interface SharedPresence extends PresenceRegistry {
  /** All users of this node. */
  here(): PersonWord[]
  /** Another node's users have changed. `isWhole`: all whom it has. */
  heard(nodeId: string, people: readonly PersonWord[], isWhole: boolean): void
  /** A device of another node's request has said whether it is in use. */
  device(sessionId: SessionId, status: 'online' | 'away'): void
  /** What another node said does not count any more. */
  lost(nodeId: string): void
  stop(): void
}

interface Device {
  userId: UserId
  sessionId: SessionId
  status: 'online' | 'away'
  watched: ReadonlySet<UserId>
}

interface Person {
  sockets: Map<string, Device>
  /** On this node. */
  status: Status
  /** Set while the grace runs. */
  callOff: (() => void) | null
}

export interface PresenceParts {
  clock: Clock
  /** How long a user stays online after their last socket left. */
  graceMs: number
  /** To be told to the other nodes. */
  onPerson(person: PersonWord): void
  onDevice(sessionId: SessionId, status: 'online' | 'away'): void
}

export function createPresence({ clock, graceMs, onPerson, onDevice }: PresenceParts): SharedPresence {
  const people = new Map<UserId, Person>()
  const devices = new Map<string, Device>()
  /** By node: its users that are not offline. */
  const elsewhere = new Map<string, Map<UserId, Status>>()
  /** What was told last; who is not in it is offline. */
  const shown = new Map<UserId, Status>()
  /** Who is watched, and by which sockets. */
  const watchers = new Map<UserId, Set<string>>()
  const listeners = new Set<(change: PresenceChange) => void>()

  function statusOf(userId: UserId): Status {
    const statuses = [
      people.get(userId)?.status,
      ...[...elsewhere.values()].map((users) => users.get(userId)),
    ]
    return statuses.includes('online') ? 'online' : statuses.includes('away') ? 'away' : 'offline'
  }

  /** Tells of a user whose status is another than before. */
  function show(userId: UserId, lastSeen: number | null, isHere: boolean) {
    const status = statusOf(userId)
    if (status === (shown.get(userId) ?? 'offline')) return
    if (status === 'offline') shown.delete(userId)
    else shown.set(userId, status)
    const watching = [...(watchers.get(userId) ?? [])].map((socketId) => devices.get(socketId)?.userId)
    const watcherIds = [...new Set(watching.filter((id) => id !== undefined))]
    const change = { userId, status, lastSeen: status === 'offline' ? lastSeen : null, watcherIds, isHere }
    for (const listener of listeners) listener(change)
  }

  /** After a socket of this node came, went or fell idle. */
  function settle(userId: UserId, person: Person) {
    const statuses = [...person.sockets.values()].map((device) => device.status)
    const status: Status = statuses.includes('online') ? 'online' : statuses.length > 0 ? 'away' : 'offline'
    if (status === 'offline') people.delete(userId)
    if (status === person.status) return
    person.status = status
    const lastSeen = status === 'offline' ? clock.now() - graceMs : null
    onPerson([userId, status, lastSeen])
    show(userId, lastSeen, true)
  }

  function unwatch(socketId: string, device: Device) {
    for (const userId of device.watched) {
      const sockets = watchers.get(userId)
      sockets?.delete(socketId)
      if (sockets?.size === 0) watchers.delete(userId)
    }
    device.watched = new Set()
  }

  function setStatuses(concerned: Device[], status: 'online' | 'away') {
    for (const device of concerned) {
      device.status = status
      const person = people.get(device.userId)
      if (person !== undefined) settle(device.userId, person)
    }
  }

  const ofSession = (sessionId: SessionId) =>
    [...devices.values()].filter((device) => device.sessionId === sessionId)

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
      if (socketId === null) {
        onDevice(sessionId, status)
        setStatuses(ofSession(sessionId), status)
      } else {
        const device = devices.get(socketId)
        if (device !== undefined) setStatuses([device], status)
      }
    },
    device(sessionId, status) {
      setStatuses(ofSession(sessionId), status)
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
        return { userId, status: shown.get(userId) ?? 'offline', lastSeen: null }
      })
    },
    inUse(userId) {
      const sockets = [...(people.get(userId)?.sockets.values() ?? [])]
      return new Set(sockets.filter(({ status }) => status === 'online').map(({ sessionId }) => sessionId))
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    here: () => [...people].map(([userId, { status }]): PersonWord => [userId, status, null]),
    heard(nodeId, words, isWhole) {
      const before = elsewhere.get(nodeId) ?? new Map<UserId, Status>()
      const after = isWhole ? new Map<UserId, Status>() : before
      elsewhere.set(nodeId, after)
      for (const [userId, status] of words) {
        if (status === 'offline') after.delete(userId)
        else after.set(userId, status)
      }
      for (const [userId, , lastSeen] of words) show(userId, lastSeen, false)
      if (isWhole) for (const userId of before.keys()) show(userId, clock.now(), false)
    },
    lost(nodeId) {
      const users = elsewhere.get(nodeId)
      elsewhere.delete(nodeId)
      for (const userId of users?.keys() ?? []) show(userId, clock.now(), false)
    },
    stop() {
      for (const person of people.values()) person.callOff?.()
      listeners.clear()
    },
  }
}
