// What members have agreed on for a conversation: how long messages stay, which ones are pinned, who may do what. Part of
// its header; changed by system messages only (LOG-6). A setting that was never touched is absent.
import { z } from 'zod'
import { MessageId, UserId } from './ids.ts'

/** A message that stands above the conversation until then, on the server's clock. */
export const Pin = z.strictObject({ messageId: MessageId, until: z.int() })
export type Pin = z.infer<typeof Pin>

export const Right = z.enum(['send', 'edit', 'pin', 'add'])
export type Right = z.infer<typeof Right>
export const Allowed = z.enum(['everyone', 'admins'])
export type Allowed = z.infer<typeof Allowed>

/** How people come in by themselves (LINK-1). The code itself is nowhere: the server makes it of the salt and a key of its own. */
export const JoinLink = z.strictObject({
  salt: z.string(),
  madeAt: z.int(),
  /** Null: until it is taken away. */
  expiresAt: z.int().nullable(),
  /** Null: as often as there are places. */
  maxUses: z.int().nullable(),
  uses: z.int(),
  /** Whoever has the link asks, and an admin lets them in. */
  needsApproval: z.boolean(),
  /** Who was removed since it was made: for them it is asking only. */
  removed: z.array(UserId).optional(),
})
export type JoinLink = z.infer<typeof JoinLink>

export const ConversationSettings = z.strictObject({
  /** New messages are gone this long after they were stored; absent or null: they stay (DIS-1). */
  expireAfterMs: z.int().nullable().optional(),
  /** The latest last, at most `limits.pins` (PIN-1); those whose time is over may still be among them. */
  pins: z.array(Pin).optional(),
  /** Of a group; where one is absent, `usual` in `pure/rights.ts` holds (GRP-1). */
  rights: z.partialRecord(Right, Allowed).optional(),
  /** Of a group; absent or null: there is none. */
  link: JoinLink.nullable().optional(),
})
export type ConversationSettings = z.infer<typeof ConversationSettings>
