// Whom one has blocked, and blocking and letting in again: shown at once, kept in the outbox, on all devices (BLK-5).
import type { UserId } from '@palabre/protocol'
import { computed } from 'vue'
import { client, useObservable } from '../../client.ts'

export function useBlocking() {
  const rules = useObservable(client.privacy.rules)
  return {
    /** The last one first. */
    blocked: computed(() =>
      [...rules.value.blocked].sort(([, a], [, b]) => b.at - a.at).map(([userId]) => userId),
    ),
    isBlocked: (userId: string) => rules.value.blocked.has(userId as UserId),
    setBlocked: (userId: string, isBlocked: boolean) =>
      void client.privacy.block(userId as UserId, isBlocked).catch(() => undefined),
  }
}
