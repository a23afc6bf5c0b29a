// Sends what is in the tray, in its order: each a message of its own; pictures together are an album (MED-8). The text
// goes with the first, and so does what is answered.
import type { ConversationId, MessageId } from '@palabre/protocol'
import { client } from '../../../client.ts'
import { prepared } from './prepare.ts'
import type { Picked } from './picked.ts'

export async function sendPicked(
  conversationId: string,
  picked: readonly Picked[],
  { text, replyTo, asOriginal }: { text: string; replyTo: MessageId | null; asOriginal: boolean },
): Promise<void> {
  const isPicture = ({ kind }: { kind: string }) => kind === 'image' || kind === 'video'
  const albumId = picked.filter(isPicture).length > 1 ? client.media.newAlbumId() : null
  for (const [index, one] of picked.entries()) {
    const ready = await prepared(one, asOriginal)
    await client.messages.sendMedia(conversationId as ConversationId, {
      ...ready,
      ...(index === 0 ? { text, replyTo } : {}),
      ...(albumId !== null && isPicture(ready) ? { albumId } : {}),
    })
  }
}
