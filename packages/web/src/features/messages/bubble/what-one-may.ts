// What the person may do with a message, by the same rules as the server (protocol: editBody, deleteBody).
// Pure: it only decides what the menu offers; the server decides what happens.
import { hasRole, limits, mayDo, type ConversationSettings, type Role } from '@palabre/protocol'
import type { ShownMessage } from '@palabre/client'

export interface Reach {
  readonly canReply: boolean
  readonly canCopy: boolean
  readonly canReact: boolean
  readonly canForward: boolean
  /** Above the conversation, for everybody. */
  readonly canPin: boolean
  readonly canEdit: boolean
  /** For everyone. */
  readonly canDelete: boolean
  /** For oneself, which asks nobody. */
  readonly canHide: boolean
  readonly canStar: boolean
  /** Whether "Who has read it" means anything: mine, stored, others there. */
  readonly canSeeReaders: boolean
  /** To those who run the server. */
  readonly canReport: boolean
}

const none: Reach = {
  canReply: false,
  canCopy: false,
  canReact: false,
  canForward: false,
  canPin: false,
  canEdit: false,
  canDelete: false,
  canHide: false,
  canStar: false,
  canSeeReaders: false,
  canReport: false,
}

/** `now` in milliseconds since 1970; `role` is mine in the conversation. */
export function whatOneMay(
  shown: ShownMessage,
  at: {
    now: number
    role: Role
    kind: 'direct' | 'group'
    settings: ConversationSettings
    isNotes?: boolean
  },
): Reach {
  const { message, isMine, isPending } = shown
  if (message.kind === 'system') return none
  if (message.deletedAt !== null) return { ...none, canHide: !isPending }
  const isText = message.kind === 'text'
  const hasWords = 'text' in message.body && message.body.text !== ''
  const maySend = mayDo(at, at.role, 'send')
  // On its way, a change waits behind it; refused, there is nothing to change but to try again or discard.
  if (isPending) {
    const isWaiting = shown.state !== 'failed'
    return { ...none, canCopy: hasWords, canEdit: isWaiting && isText, canDelete: isWaiting }
  }
  const isModerator = at.kind === 'group' && hasRole(at.role, 'admin')
  // The pictures of an album share one bubble: which of them was meant cannot be told yet.
  const isOne = !('albumId' in message.body) || message.body.albumId === null
  const age = at.now - message.createdAt
  return {
    canReply: maySend,
    canCopy: hasWords,
    canReact: true,
    canForward: isOne,
    canPin: isOne && mayDo(at, at.role, 'pin'),
    canEdit: maySend && isMine && hasWords && age < limits.editWindowMs,
    canDelete: (isMine && age < limits.deleteWindowMs) || isModerator,
    canHide: true,
    canStar: true,
    canSeeReaders: isMine && at.isNotes !== true,
    canReport: !isMine,
  }
}
