// What was seen of a run, as plain JSON: what people asked for, what devices were told, what each held at the end, and
// the server's truth. The simulation and the torture of real processes write it, `invariants.ts` judges it.
// A setting leaves out what it cannot see (null, or no such step); `settings` in `invariants.ts` says what that costs.
// It holds no verdict.
import type { Cache, Client, ShownMessage } from '@palabre/client'
import type { Message } from '@palabre/protocol'

/** Observations in the order in which they were made. */
export interface History {
  setting: 'simulation' | 'processes'
  seed: number
  steps: Step[]
  /** After everything had come to rest. */
  devices: DeviceState[]
  /** One for each life of the store; the last is the present one, the others as they were when their life ended. */
  truths: Truth[]
}

interface Of {
  /** Milliseconds since the run began. */
  at: number
}

/** A device's own: `device` names it, `user` is whose it is. */
interface OfDevice extends Of {
  device: string
  user: string
}

/** A device and a message. */
interface OfMessage extends OfDevice {
  conversation: string
  id: string
}

export type Step =
  /** `send` resolved: durable on the device (OUT-1). In the order in which the device was asked. */
  | (OfMessage & { step: 'typed'; text: string })
  /** The device was told that the server has stored it: the ack, or its state became `sent`. */
  | (OfMessage & { step: 'acked' })
  /** The device shows it as failed. */
  | (OfMessage & { step: 'refused'; code: string })
  /** The person tried a failed one again: its place among the device's messages is free from here on. */
  | (OfMessage & { step: 'retried' })
  /** The person took a failed one away. */
  | (OfMessage & { step: 'discarded' })
  /** A change of a message is durable on the device. `text`: of an edit; `emoji`: of a reaction, null takes it back. */
  | (OfMessage & { step: 'changing'; change: Changing })
  /** The device was told that the change is stored. */
  | (OfMessage & { step: 'changed'; change: Changing })
  /** A mark was acknowledged to the device: everything up to `seq` is read, for ever. */
  | (OfDevice & { step: 'read'; conversation: string; seq: number })
  /** Someone's removal, or leaving, was acknowledged to whoever asked for it. */
  | (Of & { step: 'removed'; conversation: string; user: string })
  /** What reached a device by any route. Of what has no rev (typing, receipts), `toldAt` is when the server said it. */
  | (OfDevice & {
      step: 'heard'
      conversation: string
      seq: number | null
      rev: number | null
      toldAt?: number
    })
  /** The marks that a device shows of one conversation. */
  | (OfDevice & { step: 'marks'; epoch: string; conversation: string } & Marks)
  /** What a device's cache held at some moment: cursor against messages (SYNC-2). */
  | (OfDevice & { step: 'kept' } & Kept)
  /** A new engine on the device's cache. */
  | (OfDevice & { step: 'reloaded' })
  /** The device lost its connection, or did not get one, and tries again after this time (CON-2). */
  | (OfDevice & { step: 'waiting'; delayMs: number })
  /** The device found that it held other messages than the server, and fetched these again (DIG-4). */
  | (OfDevice & { step: 'repaired'; conversation: string; blocks: number })
  /** The device's cache was destroyed on purpose, and with it its outbox. */
  | (OfDevice & { step: 'wiped' })
  /** The store went back to how it was when `steps` had `takenAt` entries, and began another epoch (SYNC-7). */
  | (Of & { step: 'restored'; takenAt: number })
  /** Something was broken or mended, for whoever reads the history. */
  | (Of & { step: 'fault'; what: string })

export type Changing = { edit: string } | { delete: true } | { react: string | null }

export interface Marks {
  joinedSeq: number
  lastSeq: number
  deliveredSeq: number
  readSeq: number
}

/** A cache: of each conversation a cursor and one window of messages. */
export interface Kept {
  epoch: string | null
  conversations: KeptConversation[]
  /** Messages with an entry in the outbox. */
  outbox: string[]
}

export interface KeptConversation {
  conversation: string
  cursor: number
  /** There are older messages on the server. */
  hasBefore: boolean
  messages: HeldMessage[]
}

export interface HeldMessage {
  id: string
  seq: number
  rev: number
  sender: string
  /** Null: a system message. */
  text: string | null
  isDeleted: boolean
  /** The whole message in one canonical line: equal lines are equal messages. */
  whole: string
}

/** A device after everything had come to rest. */
export interface DeviceState {
  device: string
  user: string
  /** It started with an empty cache after everything had come to rest (I10). */
  isFresh: boolean
  /** Entries of the outbox that still wait. */
  waiting: number
  conversations: HeldConversation[]
  /** How it shows those whom it watches; null: it watches nobody. */
  presence: Record<string, string> | null
  /** Null: not looked at. */
  kept: Kept | null
}

export interface HeldConversation extends Marks {
  conversation: string
  rev: number
  title: string
  /** User ids, sorted. */
  members: string[]
  unread: number
  others: { deliveredSeq: number; readSeq: number | null }
  hasBefore: boolean
  /** In the log, in the order in which the device shows them. */
  messages: HeldMessage[]
  /** Not in the log, as far as this device knows. */
  pending: { id: string; state: string | null; error: string | null }[]
}

/** The server's store. */
export interface Truth {
  epoch: string
  conversations: TrueConversation[]
  /** How each person is; null: not looked at. */
  presence: Record<string, string> | null
}

export interface TrueConversation {
  conversation: string
  kind: 'direct' | 'group'
  rev: number
  lastSeq: number
  title: string
  members: TrueMember[]
  /** In the order of the store. */
  messages: TrueMessage[]
}

export interface TrueMessage extends HeldMessage {
  /** The rev of its creation. */
  firstRev: number
  /** How often it has changed since. */
  changes: number
  system: SystemChange | null
}

export interface TrueMember extends Omit<Marks, 'lastSeq'> {
  user: string
  joinedRev: number
}

/** Whom a system message let in or put out. */
export interface SystemChange {
  added: string[]
  removed: string[]
}

/** A message as a history holds it. */
export function heldMessage(message: Message): HeldMessage {
  return {
    id: message.id,
    seq: message.seq,
    rev: message.rev,
    sender: message.senderId,
    text: message.kind === 'text' ? message.body.text : null,
    isDeleted: message.deletedAt !== null,
    whole: canonical(message),
  }
}

/** Whom a message let in or put out; null: it is no such system message. */
export function systemChange(message: Message): SystemChange | null {
  if (message.kind !== 'system') return null
  switch (message.body.event) {
    case 'conversation_created':
      return { added: message.body.memberIds, removed: [] }
    case 'members_added':
      return { added: message.body.userIds, removed: [] }
    case 'member_removed':
    case 'member_left':
      return { added: [], removed: [message.body.userId] }
    default:
      return null
  }
}

/** What a device shows. `cache`: also what it keeps. `watched`: how it shows these people. */
export async function stateOf(
  client: Client,
  of: { device: string; user: string; isFresh: boolean; cache?: Cache; watched?: readonly string[] },
): Promise<DeviceState> {
  const { conversations } = client.conversations.list.get()
  const users = (of.watched ?? []) as Parameters<Client['presence']['of']>[0][]
  return {
    device: of.device,
    user: of.user,
    isFresh: of.isFresh,
    waiting: client.waiting.get(),
    conversations: conversations.map(({ conversation: held, title, unread }) => {
      const view = client.messages.timeline(held.id).get()
      const { readSeq, deliveredSeq, joinedSeq } = held.me
      return {
        conversation: held.id,
        rev: held.rev,
        lastSeq: held.lastSeq,
        title,
        members: held.members.map((member) => member.user.id).sort(),
        joinedSeq,
        deliveredSeq,
        readSeq,
        unread,
        others: held.others,
        hasBefore: view.hasBefore,
        messages: view.messages
          .filter((shown) => !shown.isPending)
          .map(({ message }) => heldMessage(message)),
        pending: view.messages.filter((shown) => shown.isPending).map(pendingOf),
      }
    }),
    presence:
      of.watched === undefined
        ? null
        : Object.fromEntries(users.map((id) => [id, client.presence.of(id).get()?.status ?? 'unknown'])),
    kept: of.cache === undefined ? null : await keptOf(of.cache),
  }
}

function pendingOf({ message, state, error }: ShownMessage) {
  return { id: message.id, state, error }
}

/** What a device's cache holds. */
export async function keptOf(cache: Cache): Promise<Kept> {
  const { meta, conversations, outbox } = await cache.read()
  const held: KeptConversation[] = []
  for (const { id, cursor, hasBefore } of conversations) {
    const messages = await cache.messages(id, null, Number.MAX_SAFE_INTEGER)
    held.push({ conversation: id, cursor, hasBefore, messages: messages.map(heldMessage) })
  }
  return { epoch: meta.epoch, conversations: held, outbox: outbox.map((entry) => entry.messageId) }
}

/** JSON with its keys in order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
