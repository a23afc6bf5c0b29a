// Sending what is not text: a file with what only this device knows of it, someone's card, a place, a poll. All of it goes
// through the outbox; a file's bytes are kept with its entry until the message is acknowledged (OUT-6).
import { v7 } from 'uuid'
import { limits, type ConversationId, type InputOf, type MediaId, type MessageId } from '@palabre/protocol'
import type { Client } from '../api.ts'
import type { Engine } from '../engine.ts'
import type { UploadFile } from './door.ts'

type SendInput = InputOf<'sendMessage'>
type Content = SendInput extends infer Each
  ? Each extends SendInput
    ? Pick<Each, 'kind' | 'body'>
    : never
  : never

/** `add`: checks it, and puts it into the outbox. */
export function createSendMedia(
  engine: Engine,
  add: (id: ConversationId, input: SendInput, files?: readonly UploadFile[]) => Promise<void>,
): Pick<Client['messages'], 'sendMedia' | 'sendCard' | 'sendPlace' | 'sendPoll'> {
  async function send(
    conversationId: ConversationId,
    content: Content,
    replyTo: MessageId | null = null,
    files: readonly UploadFile[] = [],
  ): Promise<MessageId> {
    engine.me()
    const id = v7() as MessageId
    const input = {
      conversationId,
      id,
      ...content,
      sentAt: engine.now(),
      ...(replyTo === null ? {} : { replyTo }),
    }
    await add(conversationId, input, files)
    return id
  }

  return {
    async sendMedia(id, { kind, bytes, name, poster, text, albumId, replyTo, ...known }) {
      const mediaId = v7() as MediaId
      const file: UploadFile = { id: mediaId, purpose: kind, name: name.slice(-limits.uploadName), bytes }
      const posterFile: UploadFile | null = poster
        ? { id: v7() as MediaId, purpose: 'poster', name: 'poster', bytes: poster }
        : null
      const body = {
        mediaId,
        ...known,
        ...(text === undefined || text === '' ? {} : { text }),
        ...(albumId === undefined ? {} : { albumId }),
        ...(posterFile === null ? {} : { posterId: posterFile.id }),
      }
      return await send(id, { kind, body }, replyTo, posterFile === null ? [file] : [file, posterFile])
    },
    sendCard: (id, contact, replyTo) => send(id, { kind: 'contact', body: { contact } }, replyTo),
    sendPlace: (id, location, replyTo) => send(id, { kind: 'location', body: { location } }, replyTo),
    sendPoll: (id, body, replyTo) => send(id, { kind: 'poll', body }, replyTo),
  }
}
