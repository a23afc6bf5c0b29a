// How much room a message's media takes before it is there, so that nothing jumps (UI.md §4.5). Pure; in the first
// load, unlike what it makes room for.
import type { Message } from '@palabre/protocol'

export type MediaShape = 'picture' | 'sound' | 'file' | 'card' | 'place' | 'poll'

export interface MediaBox {
  readonly shape: MediaShape
  /** Width by height, of a picture; of a poll, how many options it has. */
  readonly ratio: number
}

/** A picture's own shape, as long as it fits a conversation. */
const narrowest = 3 / 4
const widest = 16 / 9

const shapes: Partial<Record<Message['kind'], MediaShape>> = {
  image: 'picture',
  video: 'picture',
  voice: 'sound',
  audio: 'sound',
  file: 'file',
  contact: 'card',
  location: 'place',
  poll: 'poll',
}

/** Two side by side, three as one and two, four and more as a square. */
const albumRatios = [1, 1, 2, 1.5]

/** Null: there is nothing but text. `together`: how many pictures are drawn as one album. */
export function mediaBoxOf(message: Message, together = 1): MediaBox | null {
  const shape = shapes[message.kind]
  if (shape === undefined || message.deletedAt !== null) return null
  if ('options' in message.body) return { shape, ratio: message.body.options.length }
  if (together > 1) return { shape, ratio: albumRatios[together] ?? 1 }
  const media = 'media' in message.body ? message.body.media : null
  const { width, height } = media ?? { width: null, height: null }
  const ratio = width !== null && height !== null && height > 0 ? width / height : 1
  return { shape, ratio: Math.min(widest, Math.max(narrowest, ratio)) }
}
