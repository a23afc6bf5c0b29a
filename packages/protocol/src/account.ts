// What belongs to one person and follows them to every device: a log of its own, latest state only,
// with a dense `rev` a user. Contacts, and what they keep for themselves (`keeping.ts`).
import { z } from 'zod'
import { ConversationId, MessageId, UserId } from './ids.ts'
import { audiences } from './pure/audiences.ts'
import { reportReasons } from './pure/reports.ts'

/** The moment, by the clock of the device where it was done, at most the server's: the later one wins (KEEP-1). */
const at = z.int().nonnegative()

/** `contact:<userId>`. `name`: what this person calls them. `at`: of the naming. */
export const ContactValue = z.strictObject({
  userId: UserId,
  addedAt: z.int(),
  name: z.string().optional(),
  at: at.optional(),
})
export type ContactValue = z.infer<typeof ContactValue>
/** `conversation:<id>:pin` */
export const PinValue = z.strictObject({ at, isPinned: z.boolean() })
/** `conversation:<id>:mute` */
export const MuteValue = z.strictObject({ at, mutedUntil: z.int().nullable() })
/** `conversation:<id>:archive`: up to which message it was put away; null: it is not. */
export const ArchiveValue = z.strictObject({ at, archivedSeq: z.int().nullable() })
/** `conversation:<id>:unread` */
export const UnreadValue = z.strictObject({ at, isMarkedUnread: z.boolean() })
/** `conversation:<id>:clear`: everything up to this message is gone for this person; it never goes back. */
export const ClearValue = z.strictObject({ at, clearedSeq: z.int(), isDeleted: z.boolean() })
/** `conversation:<id>:hide:<messageId>`: deleted for this person alone. */
export const HideValue = z.strictObject({ at, hiddenSeq: z.int() })
/** `conversation:<id>:ask`: this person waits to be let in (LINK-3). */
export const AskValue = z.strictObject({ at, isAsking: z.literal(true) })
/** `conversation:<id>:askers`: how many wait there, for an admin. */
export const AskersValue = z.strictObject({ at, askers: z.int().nonnegative() })
/** `draft:<conversationId>` */
export const DraftValue = z.strictObject({ at, text: z.string(), replyTo: MessageId.nullable() })
export type DraftValue = z.infer<typeof DraftValue>
/** `star:<conversationId>:<messageId>`; `sentAt` is the message's `createdAt`, the order of the list. */
export const StarValue = z.strictObject({ at, isStarred: z.boolean(), sentAt: z.int() })
/**
 * `scheduled:<conversationId>:<messageId>`: a text that the server sends at its time (SCH-1). `sendAt` null: it does not
 * any more, because it was taken back, or was refused (`failed`).
 */
export const ScheduleValue = z.strictObject({
  at,
  sendAt: z.int().nullable(),
  text: z.string(),
  replyTo: MessageId.nullable(),
  mentions: z.array(UserId),
  failed: z.string().nullable(),
})
export type ScheduleValue = z.infer<typeof ScheduleValue>

/** How far somebody was, when a block began: (delivered, read). */
const frozen = z.tuple([z.int(), z.int()])
/** `people:block:<userId>`. `frozen`: one's own marks and theirs of the direct conversation, as both are told them until it ends
 *  (BLK-3); null: there is none. */
export const BlockValue = z.strictObject({
  at,
  isBlocked: z.boolean(),
  frozen: z.strictObject({ mine: frozen, theirs: frozen }).nullable(),
})
export type BlockValue = z.infer<typeof BlockValue>
/** `conversation:<id>:silence`: the places of what the other said while they were blocked, from … to (null: to this day). */
export const SilenceValue = z.strictObject({
  at,
  silences: z.array(z.tuple([z.int(), z.int().nullable()])),
})
/** `people:may:<matter>` */
export const ChoiceValue = z.strictObject({ at, who: z.enum(audiences) })
/** `people:request:<userId>` */
export const RequestValue = z.strictObject({
  at,
  conversationId: ConversationId,
  isAnswered: z.boolean(),
})

/** `people:notice:<id>`: what operators have decided about this person, until they have read it (REP-5). */
export const NoticeValue = z.strictObject({
  at,
  notice: z.enum(['warned', 'suspended', 'media_removed']),
  reason: z.enum(reportReasons),
  /** The operator's own. */
  words: z.string(),
  /** How to object; empty: ask whoever runs the server. */
  appeal: z.string(),
  isRead: z.boolean(),
})
export type NoticeValue = z.infer<typeof NoticeValue>

export const AccountValue = z.union([
  ContactValue,
  PinValue,
  MuteValue,
  ArchiveValue,
  UnreadValue,
  ClearValue,
  HideValue,
  AskValue,
  AskersValue,
  DraftValue,
  StarValue,
  ScheduleValue,
  BlockValue,
  SilenceValue,
  ChoiceValue,
  RequestValue,
  NoticeValue,
])
export type AccountValue = z.infer<typeof AccountValue>

export const AccountEntry = z.strictObject({
  rev: z.int(),
  key: z.string(),
  /** Null: taken away. */
  value: AccountValue.nullable(),
})
export type AccountEntry = z.infer<typeof AccountEntry>

/** On a reset the entries are all there are, or the first of them: more come with the next answers. */
export const AccountDelta = z.strictObject({
  rev: z.int(),
  entries: z.array(AccountEntry),
  reset: z.boolean(),
})
export type AccountDelta = z.infer<typeof AccountDelta>
