// Media: what a message says of the bytes that it shows, how they are named when it is sent, and the operations around
// them. Keeps MED-1 … MED-9. The bytes themselves are no operations: they go up by tus at /uploads and come down at
// /media, as docs/protocol.md says.
import { z } from 'zod'
import { Conversation } from './conversations.ts'
import { ConversationId, MediaId } from './ids.ts'
import { Media, mediaKinds } from './kinds.ts'
import { limits } from './limits.ts'
import { Message } from './messages.ts'
import { operation } from './table/operation.ts'
import { errors, type ErrorCode } from './errors.ts'
import { User } from './users.ts'

/** What an upload is to become; said at its beginning, held against its content at its end (MED-4). */
export const UploadPurpose = z.enum([...mediaKinds, 'poster', 'photo'])
export type UploadPurpose = z.infer<typeof UploadPurpose>

/** The metadata of a tus upload, decoded. `name`: as the file is called where it comes from; it is cleaned. */
export const UploadMetadata = z.strictObject({
  id: MediaId,
  purpose: UploadPurpose,
  name: z.string().max(limits.uploadNameInput).optional(),
})
export type UploadMetadata = z.infer<typeof UploadMetadata>

export const Upload = z.strictObject({
  id: MediaId,
  purpose: UploadPurpose,
  /** `arriving`: bytes are missing, or are being looked at. `refused`: for good, and `code` says why. */
  state: z.enum(['arriving', 'ready', 'refused']),
  code: z
    .string()
    .refine((code): code is ErrorCode => Object.hasOwn(errors, code))
    .nullable(),
  /** Once it is ready. */
  media: Media.nullable(),
})
export type Upload = z.infer<typeof Upload>

export const getUpload = operation({
  socket: 'get_upload',
  http: 'GET /media/:id/upload',
  access: 'session',
  limit: 'read',
  summary: 'What has become of one of one’s own uploads.',
  input: z.strictObject({ id: MediaId }),
  output: z.strictObject({ upload: Upload }),
})

export const openMedia = operation({
  socket: null,
  http: 'POST /auth/media',
  access: 'session',
  limit: 'write',
  summary: 'Sets the cookie by which the browser fetches media for 15 minutes (MED-7).',
  input: z.strictObject({}),
  output: z.strictObject({ expiresAt: z.int() }),
})

export const listMedia = operation({
  socket: 'list_media',
  http: 'GET /conversations/:conversationId/media',
  access: 'session',
  limit: 'read',
  summary: 'The messages of a conversation that hold media of these kinds, newest first, below a seq.',
  input: z.strictObject({
    conversationId: ConversationId,
    /** `shown`: images and videos; `heard`: voice notes and audio; `files`: documents. */
    what: z.enum(['shown', 'heard', 'files']),
    before: z.int().positive().optional(),
    limit: z.int().min(1).max(limits.page).default(limits.pageDefault),
  }),
  output: z.strictObject({ messages: z.array(Message), hasMore: z.boolean() }),
})

export const setPhoto = operation({
  socket: 'set_photo',
  http: 'PUT /me/photo',
  access: 'session',
  limit: 'write',
  summary: 'Sets one’s own photo, an upload whose purpose is `photo`; null takes it away.',
  input: z.strictObject({ mediaId: MediaId.nullable() }),
  output: z.strictObject({ user: User }),
})

export const setConversationPhoto = operation({
  socket: 'set_conversation_photo',
  http: 'PUT /conversations/:conversationId/photo',
  access: 'session',
  limit: 'write',
  summary: 'Sets the photo of a group (admins), an upload whose purpose is `photo`; null takes it away.',
  input: z.strictObject({ conversationId: ConversationId, mediaId: MediaId.nullable() }),
  output: z.strictObject({ conversation: Conversation }),
})

export const media = { getUpload, openMedia, listMedia, setPhoto, setConversationPhoto }
