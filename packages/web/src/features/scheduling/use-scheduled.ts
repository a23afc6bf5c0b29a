// What waits to be sent later in one conversation, and what one may do with it. Shown at once, and kept in the outbox.
import type { Scheduled } from '@palabre/client'
import { computed } from 'vue'
import { client, useObservable } from '../../client.ts'

export type { Scheduled } from '@palabre/client'

export function useScheduled(conversationId: () => string) {
  const all = useObservable(client.keeping.scheduled)

  function moveTo({ conversationId: of, id, text, replyTo, mentions }: Scheduled, sendAt: number): void {
    void client.keeping.schedule(of, id, { sendAt, text, replyTo, mentions })
  }
  return {
    /** The next one first. */
    list: computed(() =>
      all.value
        .filter((one) => one.conversationId === conversationId())
        .sort((a, b) => (a.sendAt ?? 0) - (b.sendAt ?? 0)),
    ),
    moveTo,
    /** A time that is over is now, by any clock. */
    sendNow: (one: Scheduled): void => moveTo(one, 0),
    remove({ conversationId: of, id }: Scheduled): void {
      void client.keeping.schedule(of, id, null)
    },
  }
}
