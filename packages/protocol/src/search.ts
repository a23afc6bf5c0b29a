// Finding messages again: over all of one's conversations or in one, newest first.
import { z } from 'zod'
import { ConversationId, UserId } from './ids.ts'
import { MessageBody, type MessageKind } from './kinds.ts'
import { limits } from './limits.ts'
import { Message } from './messages.ts'
import { operation } from './table/operation.ts'

/** Kinds that hold something to find. */
export const SearchedKind = z.enum(
  (Object.keys(MessageBody) as MessageKind[]).filter((kind) => kind !== 'system'),
)

/** A message, and the places in its `searchedText` that the words were found at. */
export const SearchHit = z.strictObject({
  message: Message,
  ranges: z.array(z.tuple([z.int(), z.int()])),
})
export type SearchHit = z.infer<typeof SearchHit>

export const searchMessages = operation({
  socket: 'search_messages',
  http: 'GET /search',
  access: 'session',
  limit: 'find',
  summary:
    'Messages that hold words beginning with those of the query, newest first: of all of one’s conversations, or of one.',
  input: z.strictObject({
    query: z.string().trim().min(1).max(limits.searchLength),
    conversationId: ConversationId.optional(),
    from: UserId.optional(),
    kind: SearchedKind.optional(),
    /** Sent before this moment. */
    before: z.int().nonnegative().optional(),
    /** Sent at this moment or later. */
    after: z.int().nonnegative().optional(),
    cursor: z.string().max(200).optional(),
    limit: z.int().min(1).max(limits.searchPage).default(limits.searchPageDefault),
  }),
  output: z.strictObject({
    hits: z.array(SearchHit),
    /** Where to go on; a page may be short, even empty, and not the last. Null: there is no more. */
    cursor: z.string().nullable(),
    /** False while a history from before there was search is being looked through. */
    isComplete: z.boolean(),
  }),
})

export const searching = { searchMessages }
