// Web Push (PUSH-1 … PUSH-8): where a device is told of messages while nobody looks at it, how much of them it shows,
// and what is said to it. What is pushed is encrypted for the device alone; whoever carries it reads nothing.
import { z } from 'zod'
import { limits } from './limits.ts'
import type { ConversationId, MessageId } from './ids.ts'
import { operation } from './table/operation.ts'

/** A key of the browser's: base64url of so many bytes, with or without padding. */
const key = (bytes: number) =>
  z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}={0,2}$`))

/** How much a notification says: sender and text, the sender alone, or neither. */
export const PushPreview = z.enum(['all', 'sender', 'none'])
export type PushPreview = z.infer<typeof PushPreview>

/** In which the device speaks while no page is open. */
export const PushLanguage = z.enum(['en', 'fr', 'ar'])
export type PushLanguage = z.infer<typeof PushLanguage>

/** Where a device's push service takes what is for it, and the keys to encrypt it with. */
export const PushTarget = z.strictObject({
  endpoint: z.url().max(limits.pushEndpointLength),
  /** Its public key, a point of P-256, uncompressed. */
  p256dh: key(65),
  auth: key(16),
  preview: PushPreview,
  language: PushLanguage,
})
export type PushTarget = z.infer<typeof PushTarget>

/** What became of one push. `gone`: the subscription is over; `unreachable`: nobody answered, or with a failure. */
export const PushOutcome = z.enum(['sent', 'gone', 'refused', 'busy', 'unreachable'])
export type PushOutcome = z.infer<typeof PushOutcome>

export const getPush = operation({
  socket: 'get_push',
  http: 'GET /push/subscription',
  access: 'session',
  limit: 'read',
  summary: 'The server’s public key for web push, and how this device is told, if it is.',
  input: z.strictObject({}),
  output: z.strictObject({
    /** base64url of the point: `applicationServerKey`. */
    publicKey: z.string(),
    subscription: PushTarget.pick({ endpoint: true, preview: true, language: true }).nullable(),
  }),
})

export const subscribePush = operation({
  socket: 'subscribe_push',
  http: 'PUT /push/subscription',
  access: 'session',
  limit: 'push',
  summary: 'Tells this device from now on; takes the subscription away from any other session that had it.',
  input: PushTarget,
  output: z.strictObject({}),
})

export const unsubscribePush = operation({
  socket: 'unsubscribe_push',
  http: 'DELETE /push/subscription',
  access: 'session',
  limit: 'push',
  summary: 'Tells this device no more.',
  input: z.strictObject({}),
  output: z.strictObject({}),
})

export const testPush = operation({
  socket: 'test_push',
  http: 'POST /push/test',
  access: 'session',
  limit: 'push',
  summary: 'Sends this device a push and answers what its push service said.',
  input: z.strictObject({ testId: z.uuid() }),
  output: z.strictObject({
    outcome: PushOutcome,
    /** Of the push service; null when it was not reached. */
    status: z.int().nullable(),
  }),
})

export const push = { getPush, subscribePush, unsubscribePush, testPush }

/** What a device finds in a push once it is decrypted. At most `limits.pushBytes` of JSON. */
export type PushNote =
  | {
      is: 'message'
      conversationId: ConversationId
      messageId: MessageId
      seq: number
      /** Unread messages of the conversation. */
      unread: number
      /** Null where the person wants it so. */
      sender: string | null
      /** Of a group; null for a direct conversation, or where the person wants it so. */
      title: string | null
      /** The beginning of what was written; null: nothing was, or the person wants it so. */
      text: string | null
      kind: string | null
      language: PushLanguage
    }
  /** Read on another device, up to `seq`: its notification goes. */
  | { is: 'read'; conversationId: ConversationId; seq: number; unread: number }
  | { is: 'test'; testId: string; language: PushLanguage }
