// The history of a conversation, as a device verifies it: digests of blocks to be compared at the same head (DIG-3).
// How a digest is computed is in `digests.ts`.
import { z } from 'zod'
import { ConversationId } from './ids.ts'
import { limits } from './limits.ts'
import { operation } from './table/operation.ts'

/** Of the messages `from` … `to` of one block, both included: a part of it at either end of what was asked. */
export const BlockDigest = z.strictObject({ from: z.int(), to: z.int(), digest: z.int() })
export type BlockDigest = z.infer<typeof BlockDigest>

export const getDigests = operation({
  socket: 'get_digests',
  http: 'GET /conversations/:conversationId/digests',
  access: 'session',
  limit: 'read',
  summary: 'What a device compares its history with: digests of blocks of messages, the newest blocks first.',
  input: z.strictObject({
    conversationId: ConversationId,
    /** The lowest `seq` that the device holds. */
    from: z.int().positive(),
    /** Only messages below: for the blocks that an answer before this one left out. */
    before: z.int().positive().optional(),
    /** Messages that the device has mended since it last asked: counted, so that an operator learns of it. */
    repaired: z.int().nonnegative().max(limits.digestRepaired).optional(),
  }),
  output: z.strictObject({
    /** The head that all of it belongs to: to be compared by who is exactly there. */
    rev: z.int(),
    lastSeq: z.int(),
    /** In seq order. */
    blocks: z.array(BlockDigest),
    /** There are visible blocks below, as far down as `from`. */
    hasBefore: z.boolean(),
    /** As reported with this request. */
    repaired: z.int(),
  }),
})

export const history = { getDigests }
