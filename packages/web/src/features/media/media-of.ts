// What a message holds of media, and what to ask for to show it. Pure.
import type { Media, Message } from '@palabre/protocol'
import type { ShownMessage } from '../messages/use-conversation.ts'
import type { Part, Wanted } from './use-media-url.ts'

/** Null: none, or not any more. */
export function mediaOf(message: Message): Media | null {
  return 'media' in message.body ? message.body.media : null
}

/** Null where there is nothing of the sort to show. */
export function wantedOf(shown: ShownMessage, part: Part): Wanted | null {
  const { message, isPending } = shown
  const media = mediaOf(message)
  if (media === null) return null
  if (isPending) {
    const isPoster = message.kind === 'video' && part === 'thumbnail'
    const waits = { conversationId: message.conversationId, messageId: message.id, isPoster }
    return { mediaId: media.id, part, waits }
  }
  // A picture that is small enough is its own thumbnail.
  if (part === 'thumbnail' && !media.hasThumbnail)
    return message.kind === 'image' ? { mediaId: media.id, part: 'media' } : null
  return { mediaId: media.id, part }
}
