// PURE: timeline + entries of the outbox + what each of them does → what is to be drawn (OUT-5).
// The effect of an entry is the protocol's own pure change, so the optimistic screen and the server's truth
// cannot drift. An entry refused for good has no effect: it only leaves its reason.
import {
  castVote,
  closePollBody,
  contentOf,
  deleteBody,
  editBody,
  hasRole,
  isErrorCode,
  setReaction,
  type Content,
  type Conversation,
  type ErrorCode,
  type Message,
  type MessageId,
  type SentContent,
  type UserId,
} from '@palabre/protocol'
import type { MessageState, ShownMessage } from '../api.ts'
import type { OutboxEntry } from '../cache/port.ts'

/** An entry as this process knows it. */
export interface LiveEntry extends OutboxEntry {
  /** The server's answer, until the timeline has caught up with it. */
  acked: Message | null
}

export interface OverlayInput {
  /** In seq order. */
  readonly messages: readonly Message[]
  readonly conversation: Conversation
  /** Of this conversation, in order. */
  readonly entries: readonly LiveEntry[]
  readonly me: UserId
  /** Connected: what waits is being sent. */
  readonly isOnline: boolean
  /** The server's clock: what has ended by it is not drawn (DIS-4). Absent: what was emptied is not, for that reason. */
  readonly now?: number
}

/** What to draw: the log's messages with their changes laid over them, then those that are not in the log yet. */
export function overlay(input: OverlayInput): ShownMessage[] {
  const byMessage = new Map<MessageId, LiveEntry[]>()
  for (const entry of input.entries) {
    const entries = byMessage.get(entry.messageId)
    if (entries) entries.push(entry)
    else byMessage.set(entry.messageId, [entry])
  }
  const held = input.messages.filter((message) => !isOver(message, input.now ?? 0))
  const shown = held.map((message) =>
    laidOver(message, byMessage.get(message.id) ?? [], logState(message, input), input),
  )
  const inLog = new Set(byMessage.size > 0 ? input.messages.map((message) => message.id) : [])
  for (const [id, entries] of byMessage) {
    const sending = entries.find((entry) => entry.operation.name === 'sendMessage')
    if (!sending || inLog.has(id)) continue
    const pending = sending.acked ?? unsent(sending, input.me)
    if (!pending) continue
    const changes = entries.filter((entry) => entry !== sending)
    const drawn = laidOver(pending, changes, sendingState(sending, input), input)
    const error = errorOf(sending) ?? drawn.error
    shown.push({ ...drawn, isPending: sending.acked === null, error })
  }
  return shown
}

/** Its time is over: it leaves no trace, where one that somebody deleted does. */
function isOver({ expiresAt, deletedAt }: Message, now: number): boolean {
  return expiresAt !== null && (expiresAt <= now || (deletedAt !== null && deletedAt >= expiresAt))
}

/** Keeps the object of every message whose drawing did not change, so that interfaces draw only what did. */
export function reuse(before: readonly ShownMessage[], after: ShownMessage[]): ShownMessage[] {
  const known = new Map(before.map((shown) => [shown.message.id, shown]))
  return after.map((shown) => {
    const old = known.get(shown.message.id)
    return old && isSame(old, shown) ? old : shown
  })
}

function isSame(a: ShownMessage, b: ShownMessage): boolean {
  return (
    a.message === b.message &&
    a.state === b.state &&
    a.isPending === b.isPending &&
    a.error === b.error &&
    a.isChanging === b.isChanging
  )
}

function laidOver(
  message: Message,
  entries: readonly LiveEntry[],
  state: MessageState | null,
  input: OverlayInput,
): ShownMessage {
  let shown = message
  let error: ErrorCode | null = null
  let isChanging = false
  for (const entry of entries) {
    if (entry.operation.name === 'sendMessage') continue
    if (entry.failed !== null) {
      error = errorOf(entry)
      continue
    }
    if (entry.acked === null) {
      isChanging = true
      shown = effect(shown, entry, input)
    } else if (entry.acked.rev > shown.rev) shown = entry.acked
  }
  const isMine = message.senderId === input.me && message.kind !== 'system'
  return { message: shown, isMine, state: isMine ? state : null, isPending: false, error, isChanging }
}

/** The message as it will be once this entry is through; as it is where the change is not possible. */
function effect(message: Message, entry: LiveEntry, { me, conversation }: OverlayInput): Message {
  const { operation, queuedAt: now } = entry
  try {
    switch (operation.name) {
      case 'sendMessage':
      case 'keep':
        return message
      case 'editMessage':
        return editBody(message, { userId: me, body: operation.input.body, bodyRev: message.bodyRev, now })
      case 'deleteMessage': {
        const isModerator = conversation.kind === 'group' && hasRole(conversation.me.role, 'admin')
        return deleteBody(message, { userId: me, isModerator, now })
      }
      case 'react':
        return setReaction(message, me, operation.input.emoji)
      case 'votePoll':
        return castVote(message, me, operation.input.choices)
      case 'closePoll':
        return closePollBody(message, { userId: me, isModerator: true, now })
    }
  } catch {
    return message
  }
}

function unsent(entry: LiveEntry, me: UserId): Message | null {
  if (entry.operation.name !== 'sendMessage') return null
  const { input } = entry.operation
  return {
    id: entry.messageId,
    conversationId: entry.conversationId,
    seq: 0,
    rev: 0,
    bodyRev: 0,
    senderId: me,
    ...withFile(contentOf({ kind: input.kind, body: input.body } as SentContent), entry),
    // A schema's input is a plain string; these were ids when they were queued.
    replyTo: (input.replyTo ?? null) as MessageId | null,
    forwarded: input.hops !== undefined,
    ...(input.hops !== undefined && input.hops > 1 && { hops: input.hops }),
    mentions: (input.mentions ?? []) as UserId[],
    attachments: [],
    reactions: [],
    createdAt: input.sentAt,
    sentAt: input.sentAt,
    editedAt: null,
    deletedAt: null,
    pinnedAt: null,
    expiresAt: null,
  }
}

/** With what this device knows of the file that waits. */
function withFile(content: Content, { uploads = [] }: LiveEntry): Content {
  const file = uploads[0]
  if (!file || !('media' in content.body) || content.body.media === null) return content
  const { name, bytes, contentType } = file
  const media = { ...content.body.media, name, bytes, contentType }
  return { ...content, body: { ...content.body, media } } as Content
}

function sendingState(entry: LiveEntry, { isOnline }: OverlayInput): MessageState {
  if (entry.acked) return 'sent'
  if (entry.failed !== null) return 'failed'
  return isOnline ? 'sending' : 'queued'
}

function logState(message: Message, { conversation }: OverlayInput): MessageState {
  // Nobody else is there: the others' marks say nothing. What one notes for oneself is read (NOTE-1).
  if (conversation.memberCount <= 1) return conversation.kind === 'direct' ? 'read' : 'sent'
  if (message.seq <= (conversation.others.readSeq ?? 0)) return 'read'
  if (message.seq <= conversation.others.deliveredSeq) return 'delivered'
  return 'sent'
}

function errorOf(entry: LiveEntry): ErrorCode | null {
  if (entry.failed === null) return null
  return isErrorCode(entry.failed) ? entry.failed : 'INTERNAL'
}
