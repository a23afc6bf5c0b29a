// What people do and what breaks, drawn from the seed: one table of deeds, one of faults. A deed uses nothing but the client's
// door; what became durable by it is noted, what becomes of it is the witness's and the invariants' affair.
import type { Client, ShownMessage } from '@palabre/client'
import type { ConversationId } from '@palabre/protocol'
import {
  away,
  changing,
  drawn,
  inGroup,
  inSome,
  later,
  quietly,
  send,
  userOf,
  type Cast,
  type Fault,
} from './cast.ts'
import type { Device } from './device.ts'
import { scenes } from './scenes.ts'

type Deed = (cast: Cast, device: Device, client: Client) => void

const emoji = ['👍', '🎉', '😂']
const hourMs = 60 * 60_000

const deeds: [weight: number, deed: Deed][] = [
  [40, send],
  [8, edit],
  [4, remove],
  [8, react],
  [14, read],
  [
    3,
    (cast, _, client) =>
      inSome(cast, client, (id) => client.presence.setTyping(id, cast.random.pick(['typing', 'idle']))),
  ],
  [
    3,
    (cast, _, client) =>
      inGroup(cast, client, (id) =>
        client.conversations.update(id, { title: `Title ${cast.random.below(99)}` }),
      ),
  ],
  [
    6,
    (cast, _, client) => inGroup(cast, client, (id) => client.conversations.addMembers(id, [userOf(cast)])),
  ],
  [
    7,
    (cast, _, client) => inGroup(cast, client, (id) => client.conversations.removeMember(id, userOf(cast))),
  ],
  [1, (cast, _, client) => inGroup(cast, client, (id) => client.conversations.leave(id))],
  [
    2,
    (cast, _, client) =>
      inGroup(cast, client, (id) =>
        client.conversations.changeRole(id, userOf(cast), cast.random.pick(['admin', 'member'])),
      ),
  ],
  [1, (cast, _, client) => quietly(client.conversations.openDirect(userOf(cast)))],
  [2, (cast, _, client) => inSome(cast, client, (id) => client.messages.loadBefore(id))],
  [1, (cast, _, client) => inSome(cast, client, (id) => client.conversations.setDraft(id, 'a draft'))],
  [3, retry],
  [1, endAnother],
]

const faults: [weight: number, fault: Fault][] = [
  [8, ({ network }, { name }) => (network.drop(name), `${name} is cut off`)],
  [
    6,
    (cast, { name }) => (
      cast.network.deafen(name, [cast.random.pick(['up', 'down'])]),
      `${name} is half open`
    ),
  ],
  [3, ({ network }, { name }) => (network.deafen(name, ['up', 'down']), `${name} hears and says nothing`)],
  [5, away],
  [4, slow],
  [6, loseAcknowledgement],
  [5, (cast, device) => (loseRequests(cast, device), `${device.name} loses and doubles requests`)],
  [3, silenced],
  [8, killed],
  [
    3,
    (cast, device) => (
      device.stop(),
      later(cast, 5_000, () => device.start()),
      `${device.name} is closed for a while`
    ),
  ],
  [6, crash],
  [2, rollingRestart],
  [3, ({ server }) => (server.backUp(), 'a backup is made')],
  [2, ({ server }) => (server.restore(), 'the backup is restored')],
  [3, skew],
  [2, flicker],
  [1, longSilence],
  ...scenes,
]

/** One step: mostly somebody does something, else something breaks. */
export async function act(cast: Cast): Promise<void> {
  const { random, clock } = cast
  const device = random.pick(cast.devices)
  if (random.chance(0.24)) {
    const [what, silenceMs] = [drawn(random, faults)(cast, device)].flat() as [string, number?]
    cast.witness.note({ step: 'fault', at: clock.now(), what })
    await clock.pass(silenceMs ?? 0)
  } else device.does((client) => drawn(random, deeds)(cast, device, client))
  await clock.pass(random.chance(0.15) ? random.below(20_000) : random.below(400))
}

/** Some text message that this device shows. */
function shownIn(
  cast: Cast,
  client: Client,
  fits: (shown: ShownMessage) => boolean,
  job: (id: ConversationId, shown: ShownMessage) => void,
): void {
  inSome(cast, client, (id) => {
    const messages = client.messages.timeline(id).get().messages
    const found = messages.filter(
      (shown) => shown.message.kind === 'text' && shown.message.deletedAt === null && fits(shown),
    )
    if (found.length > 0) job(id, cast.random.pick(found.slice(-8)))
  })
}

function edit(cast: Cast, device: Device, client: Client): void {
  shownIn(
    cast,
    client,
    (shown) => shown.isMine,
    (id, { message }) => {
      const text = `«${device.name} edits ${cast.words++}»`
      changing(cast, device, id, message.id, { edit: text }, client.messages.edit(id, message.id, text))
    },
  )
}

function remove(cast: Cast, device: Device, client: Client): void {
  shownIn(
    cast,
    client,
    (shown) => shown.isMine,
    (id, { message }) =>
      changing(cast, device, id, message.id, { delete: true }, client.messages.delete(id, message.id)),
  )
}

function react(cast: Cast, device: Device, client: Client): void {
  shownIn(
    cast,
    client,
    () => true,
    (id, { message }) => {
      const react = cast.random.chance(0.2) ? null : cast.random.pick(emoji)
      changing(cast, device, id, message.id, { react }, client.messages.react(id, message.id, react))
    },
  )
}

function read(cast: Cast, _: Device, client: Client): void {
  inSome(cast, client, (id) => {
    const last = client.messages
      .timeline(id)
      .get()
      .messages.findLast((shown) => !shown.isPending)
    if (last) client.receipts.markRead(id, last.message.seq)
  })
}

function retry(cast: Cast, device: Device, client: Client): void {
  inSome(cast, client, (conversation) => {
    const failed = client.messages
      .timeline(conversation)
      .get()
      .messages.filter((shown) => shown.state === 'failed')
    if (failed.length === 0) return
    const { id } = cast.random.pick(failed).message
    const isRetry = cast.random.chance(0.6)
    const of = { at: cast.clock.now(), device: device.name, user: device.person.id, conversation, id }
    cast.witness.note({ step: isRetry ? 'retried' : 'discarded', ...of })
    quietly(isRetry ? client.messages.retry(conversation, id) : client.messages.discard(conversation, id))
  })
}

/** Signs another device of the same person out, as from the list of devices. */
function endAnother(cast: Cast, device: Device, client: Client): void {
  quietly(
    client.auth.listSessions().then(async (sessions) => {
      const other = sessions.find(({ current }) => !current)
      if (other) await client.auth.endSession(other.id)
      cast.witness.note({ step: 'fault', at: cast.clock.now(), what: `${device.name} signs another one out` })
    }),
  )
  for (const one of cast.devices) if (one.person === device.person) later(cast, 10_000, () => one.signIn())
}

function slow(cast: Cast, { name }: Device): string {
  const way = cast.network.way(name)
  const before = way.latencyMs
  way.latencyMs = 200 + cast.random.below(4_000)
  later(cast, 30_000, () => (way.latencyMs = Math.min(before, 50)))
  return `${name} is slow`
}

/** Something is on its way to the server; whatever it answers is lost. */
function loseAcknowledgement(cast: Cast, device: Device): string {
  device.does((client) => send(cast, device, client))
  cast.clock.after(1 + cast.random.below(40), 'world', () => cast.network.deafen(device.name, ['down']))
  later(cast, 2_000, () => cast.network.drop(device.name))
  return `${device.name} loses acknowledgements`
}

function loseRequests(cast: Cast, { name }: Device): void {
  Object.assign(cast.network.way(name), { loss: 0.3, doubling: 0.3 })
  later(cast, 60_000, () => Object.assign(cast.network.way(name), { loss: 0, doubling: 0 }))
}

/** Events that were told, and never came: only arithmetic finds out. */
function silenced(cast: Cast, { name }: Device): string {
  const way = cast.network.way(name)
  way.silence = cast.random.chance(0.5) ? 0.3 : 1
  later(cast, 10_000, () => (way.silence = 0))
  return `${name} does not get all events`
}

function killed(cast: Cast, device: Device): string {
  if (cast.random.chance(0.7)) device.does((client) => send(cast, device, client))
  later(cast, 60, () => {
    device.kill()
    later(cast, cast.random.chance(0.7) ? 500 : 60_000, () => device.start())
  })
  return `${device.name} is killed`
}

function crash(cast: Cast): string {
  const downMs = cast.random.chance(0.7) ? 1_000 : 20_000
  later(cast, 30, () => cast.server.crash())
  later(cast, 30 + downMs, () => cast.server.start())
  return 'the server dies'
}

function rollingRestart(cast: Cast): string {
  cast.server.drain()
  cast.clock.after(1_000, 'world', () => {
    cast.server.crash()
    cast.server.start()
  })
  return 'the server is restarted politely'
}

function skew(cast: Cast, device: Device): string {
  device.skewMs = cast.random.chance(0.3) ? 0 : (cast.random.next() - 0.5) * 48 * hourMs
  return `${device.name}’s clock is ${Math.round(device.skewMs / 60_000)} min off`
}

function flicker(cast: Cast, device: Device): string {
  device.setOnline(false)
  device.setVisible(false)
  later(cast, 5_000, () => device.setOnline(true))
  later(cast, 5_000, () => device.setVisible(true))
  return `${device.name} says that it is offline`
}

/** Tokens run out, and the periodic sync has its turn. */
function longSilence({ random }: Cast): [string, number] {
  return ['a long silence', 5 * 60_000 + random.below(hourMs / 2)]
}
