// PURE: the changes of one message, for both ends: edit, delete, react, and what it shows before the server has completed
// it (LOG-7, MED-2, MED-6). Without a schema, so that a page can before it has any.
import { PalabreError } from '../errors.ts'
import type { UserId } from '../ids.ts'
import type { Content, Media, SentContent, TextBody } from '../kinds.ts'
import { limits } from '../limits.ts'
import type { Message } from '../messages.ts'

/**
 * The author's edit at `now`. Pure; returns the same object when nothing changes.
 * @throws MESSAGE_FIXED, MESSAGE_DELETED, MESSAGE_AUTHOR_REQUIRED, EDIT_WINDOW_CLOSED,
 *   MESSAGE_CHANGED with the message as it is now.
 */
export function editBody(
  message: Message,
  edit: { userId: UserId; body: TextBody; bodyRev: number; now: number },
): Message {
  if (!('text' in message.body) || message.kind === 'system') throw new PalabreError('MESSAGE_FIXED')
  if (message.senderId !== edit.userId) throw new PalabreError('MESSAGE_AUTHOR_REQUIRED')
  if (message.deletedAt !== null) throw new PalabreError('MESSAGE_DELETED')
  if (message.bodyRev !== edit.bodyRev) throw new PalabreError('MESSAGE_CHANGED', { details: { message } })
  if (edit.now - message.createdAt > limits.editWindowMs) throw new PalabreError('EDIT_WINDOW_CLOSED')
  if (message.body.text === edit.body.text) return message
  // Of what shows media the text is the caption.
  return { ...message, body: { ...message.body, text: edit.body.text }, editedAt: edit.now } as Message
}

/**
 * Deletes for everyone at `now`; `isModerator` lifts authorship and the time window. Pure.
 * @throws MESSAGE_FIXED, MESSAGE_AUTHOR_REQUIRED, DELETE_WINDOW_CLOSED.
 */
export function deleteBody(
  message: Message,
  by: { userId: UserId; isModerator: boolean; now: number },
): Message {
  if (message.kind === 'system') throw new PalabreError('MESSAGE_FIXED')
  if (message.deletedAt !== null) return message
  if (!by.isModerator) {
    if (message.senderId !== by.userId) throw new PalabreError('MESSAGE_AUTHOR_REQUIRED')
    if (by.now - message.createdAt > limits.deleteWindowMs) throw new PalabreError('DELETE_WINDOW_CLOSED')
  }
  return {
    ...message,
    ...emptied(message.kind),
    replyTo: null,
    mentions: [],
    reactions: [],
    pinnedAt: null,
    deletedAt: by.now,
  }
}

/** What is left of a body when its message is deleted: nothing that anybody said or showed (MED-6). */
function emptied(kind: Exclude<Message['kind'], 'system'>): Content {
  switch (kind) {
    case 'text':
      return { kind, body: { text: '' } }
    case 'contact':
      return { kind, body: { contact: null } }
    case 'location':
      return { kind, body: { location: null } }
    case 'poll':
      return { kind, body: { question: '', options: [], isMultiple: false, votes: [], closedAt: null } }
    default:
      return { kind, body: { text: '', media: null, albumId: null } }
  }
}

/**
 * One reaction a person; null takes it back. Pure: returns the same object when nothing changes.
 * @throws MESSAGE_FIXED, MESSAGE_DELETED, REACTIONS_FULL
 */
export function setReaction(message: Message, userId: UserId, emoji: string | null): Message {
  if (message.kind === 'system') throw new PalabreError('MESSAGE_FIXED')
  if (message.deletedAt !== null) throw new PalabreError('MESSAGE_DELETED')
  const before = message.reactions.find((reaction) => reaction.userIds.includes(userId))?.emoji ?? null
  if (before === emoji) return message
  const without = message.reactions
    .map((reaction) => ({ ...reaction, userIds: reaction.userIds.filter((id) => id !== userId) }))
    .filter((reaction) => reaction.userIds.length > 0)
  if (emoji === null) return { ...message, reactions: without }
  const known = without.some((reaction) => reaction.emoji === emoji)
  if (!known && without.length >= limits.emojiPerMessage) throw new PalabreError('REACTIONS_FULL')
  const reactions = known
    ? without.map((reaction) =>
        reaction.emoji === emoji ? { ...reaction, userIds: [...reaction.userIds, userId] } : reaction,
      )
    : [...without, { emoji, userIds: [userId] }]
  return { ...message, reactions }
}

/**
 * A message's content before the server has said what it knows of the bytes: what the sender's device shows
 * meanwhile, and what the server completes (MED-2). Pure.
 */
export function contentOf(sent: SentContent): Content {
  switch (sent.kind) {
    case 'text':
    case 'contact':
    case 'location':
      return sent
    case 'poll': {
      const options = sent.body.options.map((text) => ({ text }))
      return { kind: sent.kind, body: { ...sent.body, options, votes: [], closedAt: null } }
    }
    default: {
      const { mediaId, text = '', albumId = null, width, height, durationMs, waveform } = sent.body
      const shown: Media = {
        id: mediaId,
        contentType: '',
        bytes: 0,
        name: '',
        width: width ?? null,
        height: height ?? null,
        durationMs: durationMs ?? null,
        waveform: waveform ?? null,
        placeholder: null,
        hasThumbnail: false,
      }
      return { kind: sent.kind, body: { text, media: shown, albumId } }
    }
  }
}

/** Whether the time of a message is over at `now`. Pure. */
export function isExpired({ expiresAt }: Pick<Message, 'expiresAt'>, now: number): boolean {
  return expiresAt !== null && expiresAt <= now
}

/** What is left of a message when its time is over: its place. The same object when nothing changes. Pure. */
export function expireBody(message: Message, now: number): Message {
  if (!isExpired(message, now) || message.kind === 'system') return message
  return deleteBody(message, { userId: message.senderId, isModerator: true, now: message.expiresAt ?? now })
}
