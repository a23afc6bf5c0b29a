// Scenes: what breaks together, and just then, because apart it is nearly always harmless. Each leaves a window of some
// milliseconds in which one of the promises could be broken; the seed decides where in it things fall.
import type { Client } from '@palabre/client'
import type { MessageId, UserId } from '@palabre/protocol'
import { limits } from './instead/limits.ts'
import { away, changing, inGroup, later, quietly, send, type Cast, type Fault } from './cast.ts'
import type { Device } from './device.ts'

export const scenes: [weight: number, scene: Fault][] = [
  [3, putOutAndIn],
  [6, overtaken],
  [5, behindTheRestored],
  [4, crashOnceAcknowledged],
  [4, crashOnceTold],
  [5, resentIntoQueue],
  [5, killedWhileTold],
  [5, changedWhilePaging],
]

/** The place of the first message that was there before anybody came. */
const firstOld = 2
/** How often it is looked whether something has happened, and for how long. */
const lookEveryMs = 4
const looks = 750

/** Does it as soon as it holds, or never. */
function once(cast: Cast, holds: () => boolean, job: () => void, left = looks): void {
  if (left === 0) return
  cast.clock.after(lookEveryMs, 'world', () => {
    if (holds()) job()
    else once(cast, holds, job, left - 1)
  })
}

/** Somebody who is not this one's person; anybody, when all are. */
function otherThan(cast: Cast, device: Device): Device {
  const others = cast.devices.filter((one) => one.person !== device.person)
  return cast.random.pick(others.length > 0 ? others : cast.devices)
}

function sendToGroup(cast: Cast, device: Device): void {
  device.does((client) => inGroup(cast, client, async (group) => send(cast, device, client, group)))
}

/** Several messages, spread over some time. */
function chatter(cast: Cast, device: Device, count: number, fromMs: number, withinMs: number): void {
  for (let nth = 0; nth < count; nth++)
    cast.clock.after(fromMs + cast.random.below(withinMs), 'world', () => sendToGroup(cast, device))
}

/** Somebody is removed and let in again while they are away: they must not go on from where they were. */
function putOutAndIn(cast: Cast, device: Device): string {
  const what = away(cast, device)
  const { id } = device.person
  const other = otherThan(cast, device)
  cast.clock.after(500, 'world', () =>
    other.does((client) =>
      inGroup(cast, client, async (group) => {
        await client.conversations.removeMember(group, id as UserId)
        await client.messages.send(group, { text: `«behind ${device.name} ${cast.words++}»` })
        await client.conversations.addMembers(group, [id as UserId])
      }),
    ),
  )
  return `${what}, put out and let in`
}

/** Somebody comes back to more than can be caught up with, and the others go on: events overtake the answer. Often that
 *  they were put out is among them. */
function overtaken(cast: Cast, drawn: Device): [string, number] {
  const { clock, devices, network, people, random, server } = cast
  const [owner] = people
  // The owner cannot be put out.
  const device = drawn.person === owner ? otherThan(cast, drawn) : drawn
  const { name, person } = device
  const way = network.way(name)
  way.isCut = true
  network.drop(name)
  const others = devices.filter((one) => one.person !== person)
  const other = others.find((one) => one.person === owner) ?? random.pick(others)
  chatter(cast, other, random.chance(0.5) ? 8 : 2, 50, 500)
  clock.after(1_500, 'world', () => {
    way.isCut = false
    server.slowReads(150)
    const isSyncing = () => device.client?.connection.get().name === 'syncing'
    once(cast, isSyncing, () => {
      // A message that comes too early would have this device ask again, whatever else it got wrong.
      if (random.chance(0.3)) chatter(cast, other, 2, 0, 300)
      clock.after(200 + random.below(700), 'world', () =>
        other.does((client) =>
          inGroup(cast, client, (group) => client.conversations.removeMember(group, person.id as UserId)),
        ),
      )
    })
    clock.after(4_000, 'world', () => server.slowReads(null))
  })
  return [`${name} comes back to much, and to more`, 6_000]
}

/** The store is restored while somebody is away, and by their return it has come as far as it was, another way. */
function behindTheRestored(cast: Cast, device: Device): [string, number] {
  const { clock, network, server } = cast
  const other = otherThan(cast, device)
  server.backUp()
  chatter(cast, other, 2, 0, 100)
  clock.after(600, 'world', () => {
    const way = network.way(device.name)
    way.isCut = true
    network.drop(device.name)
    later(cast, 200, () => server.restore())
    chatter(cast, other, 4, 1_500, 4_000)
    clock.after(7_000, 'world', () => (way.isCut = false))
  })
  return [`the backup is restored while ${device.name} is away`, 9_000]
}

function startsAgain(cast: Cast): void {
  cast.clock.after(500, 'world', () => cast.server.start())
}

/** The server dies with the acknowledgement out. */
function crashOnceAcknowledged(cast: Cast, device: Device): [string, number] {
  const { steps } = cast.witness
  const from = steps.length
  device.does((client) => send(cast, device, client))
  const isAcked = () => steps.slice(from).some((step) => step.step === 'acked' && step.device === device.name)
  once(cast, isAcked, () => {
    cast.server.crash()
    startsAgain(cast)
  })
  return [`the server dies when it has acknowledged to ${device.name}`, 1_000]
}

/** The server dies when another one has heard it; its writer comes back late, and others write meanwhile. */
function crashOnceTold(cast: Cast, device: Device): [string, number] {
  const other = otherThan(cast, device)
  const newest = () => (other.client === null ? '' : newestIn(other.client))
  const before = newest()
  sendToGroup(cast, device)
  once(
    cast,
    () => other.client !== null && newest() !== before,
    () => {
      cast.server.crash()
      const way = cast.network.way(device.name)
      way.isCut = true
      startsAgain(cast)
      chatter(cast, other, 2, 0, 1_000)
      cast.clock.after(6_000, 'world', () => (way.isCut = false))
    },
  )
  return [`the server dies when ${other.name} has heard of ${device.name}`, 7_000]
}

/** What this device shows as the newest of every conversation, of what is in the log. */
function newestIn(client: Client): string {
  return client.conversations.list
    .get()
    .conversations.map(({ conversation }) => conversation.rev)
    .join()
}

/** A slow disk: who loses the connection writes the same again while the first attempt still waits for it. */
function resentIntoQueue(cast: Cast, device: Device): [string, number] {
  const { clock, network, server } = cast
  server.slowDisk(4_000)
  device.does((client) => send(cast, device, client))
  clock.after(60 + cast.random.below(100), 'world', () => network.drop(device.name))
  clock.after(5_000, 'world', () => server.slowDisk(3))
  return [`the disk is slow, and ${device.name} is cut off`, 6_000]
}

/** A device dies while what it has just heard is on its way into its cache. */
function killedWhileTold(cast: Cast, device: Device): [string, number] {
  const newest = () => (device.client === null ? '' : newestIn(device.client))
  const before = newest()
  chatter(cast, otherThan(cast, device), 2, 0, 20)
  once(
    cast,
    () => device.client !== null && newest() !== before,
    () => {
      later(cast, 8, () => {
        device.kill()
        later(cast, 500, () => device.start())
      })
    },
  )
  return [`${device.name} is killed as it hears something`, 1_500]
}

/** What is below the window changes while the page that shows it has been read and is not here yet. */
function changedWhilePaging(cast: Cast, device: Device): [string, number] {
  const { clock, old, random, server } = cast
  server.slowReads(400)
  clock.after(900, 'world', () => server.slowReads(null))
  device.does((client) =>
    inGroup(cast, client, async (group) => {
      const [first] = client.messages.timeline(group).get().messages
      const page = old.slice(0, Math.max(1, (first?.message.seq ?? 0) - firstOld)).slice(-limits.pageDefault)
      quietly(client.messages.loadBefore(group))
      for (let nth = 0; nth < 3; nth++)
        later(cast, 600, () => {
          const other = otherThan(cast, device)
          const react = `${nth}️⃣`
          other.does((client) => {
            const id = random.pick(page) as MessageId
            changing(cast, other, group, id, { react }, client.messages.react(group, id, react))
          })
        })
    }),
  )
  return [`an old message changes while ${device.name} pages back`, 1_000]
}
