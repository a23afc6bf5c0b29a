// PURE: what a report is about and what it carries (REP-1, REP-2), and what a message becomes whose file was removed (REP-6).
// Without a schema, so that a page can ask before it has any.
import type { Message } from '../messages.ts'

/** Why somebody reports; `other` is for the words beside it. */
export const reportReasons = ['spam', 'harassment', 'threat', 'sexual', 'impostor', 'other'] as const
export type ReportReason = (typeof reportReasons)[number]

/** Whether a message may go along with a report: nothing that says nothing, and nothing that nobody said. */
export function isReportable({ kind, deletedAt }: Pick<Message, 'kind' | 'deletedAt'>): boolean {
  return kind !== 'system' && deletedAt === null
}

/** All that a message says, as plain text: what a copy of it holds. Empty where it only shows a file. Pure. */
export function saidIn(message: Message): string {
  switch (message.kind) {
    case 'system':
      return ''
    case 'poll':
      return [message.body.question, ...message.body.options.map(({ text }) => `– ${text}`)].join('\n')
    case 'contact': {
      const card = message.body.contact
      return card === null ? '' : [card.name, ...card.phones, ...card.emails].join('\n')
    }
    case 'location': {
      const place = message.body.location
      return place === null ? '' : `${place.label}\n${place.latitude}, ${place.longitude}`.trim()
    }
    default:
      return message.body.text
  }
}

/** A message without the file that it showed; what was written beside it stays. The same object when there is none. Pure. */
export function withoutMedia(message: Message): Message {
  if (!('media' in message.body) || message.body.media === null) return message
  return { ...message, body: { ...message.body, media: null, albumId: null } } as Message
}
