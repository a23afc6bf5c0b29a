import type { Appended, Alter, NewMessage } from '../store/port/log.ts'
import type { Created } from '../store/port/conversations.ts'
import type { ConversationId, Message, MessageId, OpId, Role, UserId } from '@palabre/protocol'

/** Who writes; a handler's context is one. */
export interface Writer {
  userId: UserId
  now(): number
}

export interface Draft {
  conversationId: ConversationId
  /** The client's; a system message gets one from the server. */
  id?: MessageId
  content: NewMessage['content']
  requires?: Role
  replyTo?: MessageId | null
  mentions?: UserId[]
  sentAt?: number
}

export interface Log {
  /** Stores a message, then tells the members. What it throws is the store's (`LogStore.append`). */
  append(ctx: Writer, draft: Draft): Promise<Appended>
  /** Alters a message, then tells the members; answers it as it is now (`LogStore.change`). */
  change(
    ctx: Writer,
    target: { conversationId: ConversationId; id: MessageId; opId?: OpId | undefined; movesBody?: boolean },
    alter: Alter,
  ): Promise<Message>
  /** Tells the members of a conversation that the store has just made. */
  created(created: Created): Promise<void>
  /** Resolves when everything committed so far has been told. */
  drained(): Promise<void>
}
