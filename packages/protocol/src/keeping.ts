// What a person keeps for themselves, on all their devices (KEEP-1 … KEEP-9): of a conversation whether it is pinned,
// muted, put away, marked unread, cleared or deleted, and its draft; of a message whether it is starred or deleted for
// them alone; what is to be sent later (SCH-1); the names they give to people. One operation sets any of it; nobody else ever hears of it. How these travel
// is the account's log (`account.ts`), what follows from them are pure rules (`kept.ts`).
import { z } from 'zod'
import { AccountEntry } from './account.ts'
import { ConversationId, MessageId, UserId } from './ids.ts'
import { limits } from './limits.ts'
import { Message } from './messages.ts'
import { audiences, privacyMatters } from './pure/audiences.ts'
import { operation } from './table/operation.ts'
import { captionText, messageText, name } from './text.ts'

const at = z.int().nonnegative()
const inConversation = { conversationId: ConversationId, at }
const ofMessage = { ...inConversation, id: MessageId }

/** One thing that a person did; `at` by their device's clock (KEEP-1). */
export const KeepChange = z.discriminatedUnion('keep', [
  z.strictObject({ keep: z.literal('pin'), ...inConversation, isPinned: z.boolean() }),
  /** Null: not muted. `limits.muteAlways`: until it is unmuted. */
  z.strictObject({
    keep: z.literal('mute'),
    ...inConversation,
    mutedUntil: z.int().nonnegative().max(limits.muteAlways).nullable(),
  }),
  /** `seq`: the last message that was there; null brings it back. */
  z.strictObject({
    keep: z.literal('archive'),
    ...inConversation,
    seq: z.int().nonnegative().nullable(),
  }),
  z.strictObject({ keep: z.literal('unread'), ...inConversation, isMarkedUnread: z.boolean() }),
  z.strictObject({
    keep: z.literal('draft'),
    ...inConversation,
    text: captionText(limits.textLength),
    replyTo: MessageId.nullable(),
  }),
  /** All up to `seq` goes; `isDeleted`: the conversation too, until something new is said. */
  z.strictObject({
    keep: z.literal('clear'),
    ...inConversation,
    seq: z.int().nonnegative(),
    isDeleted: z.boolean(),
  }),
  z.strictObject({ keep: z.literal('star'), ...ofMessage, isStarred: z.boolean() }),
  z.strictObject({ keep: z.literal('hide'), ...ofMessage }),
  /** Null: taken back. A time that is over: now (SCH-1). */
  z.strictObject({
    keep: z.literal('schedule'),
    ...ofMessage,
    message: z
      .strictObject({
        sendAt: z.int().nonnegative(),
        text: messageText(limits.textLength),
        replyTo: MessageId.nullable(),
        mentions: z.array(UserId).max(limits.mentions),
      })
      .nullable(),
  }),
  /** Null: their own name again. Whoever is named is a contact. */
  z.strictObject({
    keep: z.literal('name'),
    userId: UserId,
    at,
    name: name(limits.displayNameLength).nullable(),
  }),
  z.strictObject({ keep: z.literal('block'), userId: UserId, at, isBlocked: z.boolean() }),
  /** Receipts are for everyone or for nobody. */
  z
    .strictObject({
      keep: z.literal('privacy'),
      at,
      matter: z.enum(privacyMatters),
      who: z.enum(audiences),
    })
    .refine(({ matter, who }) => matter !== 'receipts' || who !== 'contacts', {
      message: 'is for everyone or for nobody',
    }),
  /** Whoever has written to one for the first time may go on; said of somebody who has not, it does nothing. */
  z.strictObject({ keep: z.literal('accept'), userId: UserId, at }),
  /** What operators had to say has been read. */
  z.strictObject({ keep: z.literal('notice'), id: z.string().regex(/^[0-9a-f]{32}$/), at }),
])
export type KeepChange = z.infer<typeof KeepChange>

export const keep = operation({
  socket: 'keep',
  http: 'PUT /keeping',
  access: 'session',
  limit: 'change',
  summary:
    'Sets one thing that one keeps for oneself: pin, mute, archive, draft, star and the like (KEEP-1).',
  input: z.strictObject({ change: KeepChange }),
  output: z.strictObject({
    /** Null: nothing changed, or something later is kept already. */
    entry: AccountEntry.nullable(),
  }),
})

export const listStarred = operation({
  socket: 'list_starred',
  http: 'GET /starred',
  access: 'session',
  limit: 'read',
  summary: 'The messages that one has starred and may still see, of all conversations, newest first.',
  input: z.strictObject({
    limit: z.int().min(1).max(limits.page).default(limits.pageDefault),
    cursor: z.string().max(200).optional(),
  }),
  output: z.strictObject({
    messages: z.array(Message),
    /** Null on the last page. */
    cursor: z.string().nullable(),
  }),
})

export const keeping = { keep, listStarred }
