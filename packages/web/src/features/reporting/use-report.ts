// A report while it is written (REP-1): why, what goes along, whether the person is blocked too; and sending it, which waits
// for the server, as nobody should believe that something was reported which was not.
import { isReportable, limits, type Message, type ReportReason, type UserId } from '@palabre/protocol'
import { ref } from 'vue'
import { client } from '../../client.ts'

export function useReport(userId: string, message: Message | null) {
  const reason = ref<ReportReason | ''>('')
  const words = ref('')
  const isAlong = ref(false)
  const isBlocking = ref(false)
  const along = message === null ? [] : messagesBefore(message)

  return {
    reason,
    words,
    isAlong,
    isBlocking,
    along: along.length,
    canBlock: !client.privacy.rules.get().blocked.has(userId as UserId),
    /** @throws what the server refuses */
    async send(why: ReportReason): Promise<void> {
      await client.call('report', {
        userId,
        ...(message !== null && {
          conversationId: message.conversationId,
          messageId: message.id,
          alongIds: isAlong.value ? along : [],
        }),
        reason: why,
        words: words.value.trim(),
      })
      if (isBlocking.value) await client.privacy.block(userId as UserId, true)
    },
  }
}

/** The ids of the last few before it that may go along; none where it stands outside of what is loaded. */
function messagesBefore({ id, conversationId }: Message): Message['id'][] {
  const { messages } = client.messages.timeline(conversationId).get()
  const at = messages.findIndex(({ message }) => message.id === id)
  return messages
    .slice(0, Math.max(0, at))
    .filter(({ message, isPending }) => !isPending && isReportable(message))
    .slice(-limits.reportAlong)
    .map(({ message }) => message.id)
}
