// Forwarding: what is in one conversation sent again in others, as messages of one's own that say so (FWD-1).
// Each is an entry of the outbox like any other, so it works offline and is sent once. What was quoted, who was
// mentioned and who reacted stay where they were.
import { v7 } from 'uuid'
import { limits, PalabreError, type Message, type MessageId, type SentContent } from '@palabre/protocol'
import type { Client } from '../api.ts'
import type { Engine } from '../engine.ts'

export function createForward(
  engine: Engine,
  messages: Pick<Client['messages'], 'get'>,
): Client['messages']['forward'] {
  return async (from, messageIds, to) => {
    if (to.length > limits.forwardTargets) throw new PalabreError('INVALID')
    const found = await Promise.all(messageIds.map((messageId) => messages.get(from, messageId)))
    const sent = found
      .filter((message) => message !== null)
      .sort((a, b) => a.seq - b.seq)
      .flatMap((message) => {
        const content = contentOf(message)
        return content === null ? [] : [{ ...content, hops: hopsOf(message) }]
      })
    if (sent.length < messageIds.length) throw new PalabreError('MESSAGE_NOT_FOUND')
    const made: MessageId[] = []
    for (const id of to) {
      for (const content of sent) {
        const messageId = v7() as MessageId
        const input = { ...content, conversationId: id, id: messageId, sentAt: engine.now() }
        await engine.outbox.add(id, messageId, { name: 'sendMessage', input })
        made.push(messageId)
      }
    }
    return made
  }
}

/** What a message becomes when it is sent on; bytes are named, not sent again (MED-2). */
function contentOf(message: Message): SentContent | null {
  if (message.deletedAt !== null) return null
  switch (message.kind) {
    case 'system':
      return null
    case 'text':
      return { kind: message.kind, body: message.body }
    case 'contact': {
      const { contact } = message.body
      return contact === null ? null : { kind: message.kind, body: { contact } }
    }
    case 'poll': {
      const { question, options, isMultiple } = message.body
      return { kind: message.kind, body: { question, options: options.map(({ text }) => text), isMultiple } }
    }
    case 'location': {
      const { location } = message.body
      return location === null ? null : { kind: message.kind, body: { location } }
    }
    default: {
      const { media, text } = message.body
      if (media === null) return null
      const { id: mediaId, width, height, durationMs, waveform } = media
      const body = {
        mediaId,
        ...(text !== '' && { text }),
        ...(width !== null && { width }),
        ...(height !== null && { height }),
        ...(durationMs !== null && { durationMs }),
        ...(waveform !== null && { waveform }),
      }
      return { kind: message.kind, body }
    }
  }
}

function hopsOf({ forwarded, hops = forwarded ? 1 : 0 }: Message): number {
  return Math.min(hops + 1, limits.forwardHops)
}
