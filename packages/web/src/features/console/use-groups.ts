// The groups of this server, page by page.
import { client } from '../../client.ts'
import { useAsking } from './use-asking.ts'

export function useGroups() {
  const asking = useAsking(() => client.call('listGroups', {}))

  function more(): Promise<void> {
    return asking.run(async () => {
      const held = asking.answer.value
      if (held === null || held.cursor === null) return
      const page = await client.call('listGroups', { cursor: held.cursor })
      asking.answer.value = { ...page, groups: [...held.groups, ...page.groups] }
    })
  }

  return { ...asking, more }
}
