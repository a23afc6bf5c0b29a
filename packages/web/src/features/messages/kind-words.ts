// What a message says in one line, whatever it is: its words, or the name of its kind. Pure.
import { wordsOf, type Message } from '@palabre/protocol'

/** `t`: the words of the interface. Never empty for what is not a text. */
export function kindWords(message: Message, t: (key: string) => string): string {
  const words = wordsOf(message)
  if (message.kind === 'text' || message.kind === 'system') return words
  return words.trim() === '' ? t(`messages.kinds.${message.kind}`) : words
}
