// The record of acts, page by page, with the names of those whom it concerns.
import { limits, type AuditEntry, type UserId } from '@palabre/protocol'
import { client } from '../../client.ts'
import { useAsking } from './use-asking.ts'

export function useRecord() {
  const page = async (before?: string): Promise<{ entries: AuditEntry[]; isMore: boolean }> => {
    const { entries } = await client.call('listAudit', before === undefined ? {} : { before })
    return { entries, isMore: entries.length === limits.pageDefault }
  }
  const asking = useAsking(() => page())

  function more(): Promise<void> {
    return asking.run(async () => {
      const held = asking.answer.value
      if (held === null) return
      const next = await page(held.entries.at(-1)?.id)
      asking.answer.value = { ...next, entries: [...held.entries, ...next.entries] }
    })
  }

  return {
    ...asking,
    more,
    /** Who is not known to this device is named by the beginning of their id. */
    nameOf: (id: UserId): string => client.users.user(id).get()?.displayName ?? id.slice(0, 13),
  }
}
