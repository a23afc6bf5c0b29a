// The kinds of messages and the shape of each body. The store keeps a body opaque.
import { z } from 'zod'
import { UserId } from './ids.ts'
import { limits } from './limits.ts'
import { messageText } from './text.ts'

export const Role = z.enum(['owner', 'admin', 'member'])
export type Role = z.infer<typeof Role>

/** As stored: empty once deleted. */
export const TextBody = z.strictObject({ text: z.string() })
export type TextBody = z.infer<typeof TextBody>
/** As sent. */
export const BodyInput = z.strictObject({ text: messageText(limits.textLength) })

/** A change of title, settings or membership IS its system message (LOG-6): the header follows from it. */
export const SystemBody = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('conversation_created'),
    title: z.string().nullable(),
    memberIds: z.array(UserId),
  }),
  z.strictObject({ event: z.literal('members_added'), userIds: z.array(UserId) }),
  z.strictObject({ event: z.literal('member_removed'), userId: UserId }),
  z.strictObject({
    event: z.literal('member_left'),
    userId: UserId,
    /** Who became owner because the last one left. */
    heirId: UserId.nullable(),
  }),
  z.strictObject({ event: z.literal('role_changed'), userId: UserId, role: Role }),
  z.strictObject({ event: z.literal('title_changed'), title: z.string() }),
  z.strictObject({ event: z.literal('description_changed'), description: z.string() }),
])
export type SystemBody = z.infer<typeof SystemBody>

export const MessageBody = { text: TextBody, system: SystemBody }
export type MessageBody = TextBody | SystemBody
export type MessageKind = keyof typeof MessageBody
