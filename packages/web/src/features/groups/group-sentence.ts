// Which sentence tells a change of a group's own rules. Pure; the words are in the locales, below `groups.line`.
import type { SystemBody } from '@palabre/protocol'

/** `…ByMe` are the forms with "you". */
export function groupSentence(body: SystemBody, senderId: string, myId: string | null): string {
  const by = senderId === myId ? 'ByMe' : ''
  switch (body.event) {
    case 'right_changed':
      return `${body.right}_${body.allowed}${by}`
    case 'link_changed':
      return `${body.link === null ? 'linkOff' : 'link'}${by}`
    case 'members_added':
      return `joined${by}`
    default:
      return 'unknown'
  }
}
