// PURE: a timeline without what its person has cleared, and with only the places of what they have deleted for
// themselves (KEEP-6, KEEP-8). It moves no cursor and makes no hole: digests are those of the log.
import { hideMessage, isHidden, type Kept, type Message, type UserId } from '@palabre/protocol'
import { isBelow, mentionsWith, unreadOf, unreadWithout, type Step, type Timeline } from './timeline.ts'

/** What has to be done so that a timeline holds no more than it should; null: nothing. */
export function withoutUnseen(timeline: Timeline, kept: Kept, me: UserId): Step | null {
  const cleared =
    kept.clearedSeq > timeline.conversation.me.clearedSeq ? clear(timeline, kept.clearedSeq, me) : null
  const hidden = kept.hidden.size > 0 ? hide(cleared?.timeline ?? timeline, kept.hidden, me) : null
  if (!cleared || !hidden) return hidden ?? cleared
  return { ...hidden, put: hidden.timeline.messages, isReset: true }
}

/** The newest that is shown. */
export function lastShown(
  messages: readonly Message[],
  fallback: Message | null,
  { clearedSeq, hidden }: Pick<Kept, 'clearedSeq' | 'hidden'>,
): Message | null {
  const isShown = (message: Message) =>
    message.seq > clearedSeq && !isHidden(message) && !hidden.has(message.id)
  return messages.findLast(isShown) ?? (fallback && isShown(fallback) ? fallback : null)
}

/** The cache lets go of messages only all at once: it begins anew with what is in memory. */
function clear(timeline: Timeline, clearedSeq: number, me: UserId): Step {
  const messages = timeline.messages.filter(({ seq }) => seq > clearedSeq)
  const { conversation } = timeline
  const { lastMessage } = conversation
  const next: Timeline = {
    ...timeline,
    conversation: {
      ...conversation,
      lastMessage: lastMessage && lastMessage.seq > clearedSeq ? lastMessage : null,
      me: { ...conversation.me, clearedSeq },
    },
    messages,
    inCache: false,
    hasBefore: false,
    below: null,
    // A page that was asked for before this would bring back what was cleared.
    generation: timeline.generation + 1,
  }
  const whole = { ...next, hasBefore: isBelow(next.conversation, messages) }
  const unread = unreadOf(whole, me, 0)
  const counted = { ...whole.conversation, me: { ...whole.conversation.me, unread } }
  return { timeline: { ...whole, conversation: counted }, put: messages, below: [], isReset: true }
}

function hide(timeline: Timeline, ids: Kept['hidden'], me: UserId): Step | null {
  const put: Message[] = []
  let { unread } = timeline.conversation.me
  let mentions: readonly number[] = timeline.conversation.me.mentions ?? []
  const messages = timeline.messages.map((message) => {
    if (!ids.has(message.id) || isHidden(message)) return message
    const hidden = hideMessage(message)
    if (hidden === message) return message
    put.push(hidden)
    unread -= unreadWithout(timeline.conversation, message, me)
    mentions = mentionsWith(mentions, hidden, me)
    return hidden
  })
  const { conversation } = timeline
  const { lastMessage } = conversation
  const isLastHidden = lastMessage !== null && ids.has(lastMessage.id) && !isHidden(lastMessage)
  if (put.length === 0 && !isLastHidden) return null
  const next: Timeline = {
    ...timeline,
    messages,
    conversation: {
      ...conversation,
      lastMessage: isLastHidden ? hideMessage(lastMessage) : lastMessage,
      me: { ...conversation.me, unread: Math.max(0, unread), mentions: [...mentions] },
    },
  }
  return { timeline: next, put, below: [], isReset: false }
}
