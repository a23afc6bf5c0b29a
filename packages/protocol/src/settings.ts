// What members have agreed on for a conversation: how long messages stay, and which ones are pinned. Part of its
// header; changed by system messages only (LOG-6). A setting that was never touched is absent.
import { z } from 'zod'
import { MessageId } from './ids.ts'

/** A message that stands above the conversation until then, on the server's clock. */
export const Pin = z.strictObject({ messageId: MessageId, until: z.int() })
export type Pin = z.infer<typeof Pin>

export const ConversationSettings = z.strictObject({
  /** New messages are gone this long after they were stored; absent or null: they stay (DIS-1). */
  expireAfterMs: z.int().nullable().optional(),
  /** The latest last, at most `limits.pins` (PIN-1); those whose time is over may still be among them. */
  pins: z.array(Pin).optional(),
})
export type ConversationSettings = z.infer<typeof ConversationSettings>
