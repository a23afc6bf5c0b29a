// Identifiers. All are UUIDv7 (RFC 9562): they sort by creation and need no coordination.
// An id is never a secret and never proves a right: access is always checked (SEC-9).
import { z } from 'zod'

export const UserId = z.uuidv7().brand<'UserId'>()
export type UserId = z.infer<typeof UserId>

export const SessionId = z.uuidv7().brand<'SessionId'>()
export type SessionId = z.infer<typeof SessionId>

export const ConversationId = z.uuidv7().brand<'ConversationId'>()
export type ConversationId = z.infer<typeof ConversationId>

/** Made once by the sending client; it is the idempotency key and stays the id (P2). */
export const MessageId = z.uuidv7().brand<'MessageId'>()
export type MessageId = z.infer<typeof MessageId>

/** Made once by the uploading client: an upload's id, and then that of the media it has become (MED-3). */
export const MediaId = z.uuidv7().brand<'MediaId'>()
export type MediaId = z.infer<typeof MediaId>

/** Makes a change idempotent (LOG-7): the same id again answers as the first time did. */
export const OpId = z.uuidv7().brand<'OpId'>()
export type OpId = z.infer<typeof OpId>
