// For tests: the log of one conversation as a server keeps it, in a few lines, without any I/O.
import {
  limits,
  type Conversation,
  type ConversationId,
  type Delta,
  type Message,
  type MessageId,
  type UserId,
} from '@palabre/protocol'
import type { Change } from '../timeline.ts'

const id = (kind: string, n: number) => `0190${kind}-0000-7000-8000-${String(n).padStart(12, '0')}`

export const alice = id('cccc', 1) as UserId
export const bob = id('cccc', 2) as UserId
export const conversationId = id('aaaa', 1) as ConversationId
export const messageId = (n: number) => id('bbbb', n) as MessageId

export type Step = { do: 'append'; by: 'alice' | 'bob' } | { do: 'edit' | 'delete' | 'react'; at: number }

export interface ModelLog {
  readonly head: number
  readonly lastSeq: number
  messages(): Message[]
  play(step: Step): void
  append(by: UserId, messageId?: MessageId): Message
  /** What was told at each rev, in order. */
  events(): Change[]
  /** What `sync` answers to a device at `cursor`; null: one that does not hold it. */
  delta(cursor: number | null, behind?: number, window?: number): Delta
  page(before: number, limit: number): { messages: Message[]; hasBefore: boolean }
  conversation(): Conversation
}

export function createModelLog(me: UserId = alice): ModelLog {
  const messages: Message[] = []
  const events: Change[] = []

  function tell(message: Message): Message {
    messages[message.seq - 1] = message
    events.push({ rev: message.rev, message })
    return message
  }

  function append(by: UserId, given?: MessageId): Message {
    const seq = messages.length + 1
    const rev = events.length + 1
    return tell({
      id: given ?? messageId(seq),
      conversationId,
      seq,
      rev,
      bodyRev: rev,
      senderId: by,
      kind: 'text',
      body: { text: `message ${seq}` },
      replyTo: null,
      forwarded: false,
      mentions: [],
      attachments: [],
      reactions: [],
      createdAt: rev,
      sentAt: rev,
      editedAt: null,
      deletedAt: null,
      pinnedAt: null,
      expiresAt: null,
    })
  }

  function unread(): number {
    return messages.filter(
      (message) => message.senderId !== me && message.deletedAt === null && message.seq > 1,
    ).length
  }

  function conversation(): Conversation {
    return {
      id: conversationId,
      kind: 'group',
      title: 'A group',
      description: '',
      avatarId: null,
      createdBy: alice,
      createdAt: 0,
      memberCount: 2,
      members: [],
      settings: {},
      rev: events.length,
      lastSeq: messages.length,
      lastMessage: messages.at(-1) ?? null,
      me: {
        role: 'member',
        joinedSeq: 1,
        joinedRev: 1,
        readSeq: 0,
        deliveredSeq: 0,
        unread: unread(),
        mutedUntil: null,
        pinnedAt: null,
        archivedAt: null,
        markedUnread: false,
        clearedSeq: 0,
      },
      others: { deliveredSeq: 0, readSeq: 0 },
    }
  }

  return {
    get head() {
      return events.length
    },
    get lastSeq() {
      return messages.length
    },
    messages: () => [...messages],
    append,
    play(step) {
      if (step.do === 'append') {
        append(step.by === 'alice' ? alice : bob)
        return
      }
      const message = messages[step.at % Math.max(1, messages.length)]
      if (!message || message.kind !== 'text') return
      const rev = events.length + 1
      if (step.do === 'edit')
        tell({ ...message, rev, bodyRev: rev, body: { text: `edited at ${rev}` }, editedAt: rev })
      else if (step.do === 'delete')
        tell({ ...message, rev, bodyRev: rev, body: { text: '' }, deletedAt: rev })
      else tell({ ...message, rev, reactions: [{ emoji: '👍', userIds: [bob] }] })
    },
    events: () => [...events],
    delta(cursor, behind = limits.syncBehind, window = limits.syncWindow) {
      const since = messages.filter((message) => message.rev > (cursor ?? 0)).sort((a, b) => a.rev - b.rev)
      const reset = cursor === null || since.length > behind
      const own = conversation()
      return {
        conversation: own,
        rev: events.length,
        messages: reset ? messages.slice(-window) : since,
        marks: { deliveredSeq: 0, readSeq: 0, unread: own.me.unread, others: own.others },
        unread: own.me.unread,
        reset,
      }
    },
    page(before, limit) {
      const end = before - 1
      const start = Math.max(0, end - limit)
      return { messages: messages.slice(start, end), hasBefore: start > 0 }
    },
    conversation,
  }
}
