// What a message says in words, whatever its kind. Without a schema, so that a page can ask before it has any.
import type { Message } from '../messages.ts'

/** What a message says in words: its text, its caption, a card's name, a place's label, a poll's question; empty where there are none. */
export function wordsOf(message: Pick<Message, 'kind' | 'body'>): string {
  const { body } = message
  if ('text' in body) return body.text
  if ('question' in body) return body.question
  if ('contact' in body) return body.contact?.name ?? ''
  if ('location' in body) return body.location?.label ?? ''
  return ''
}
