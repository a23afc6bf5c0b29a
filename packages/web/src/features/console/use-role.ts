// Whether the person who is signed in runs this server. Who cannot be asked does not.
import type { AccountRole } from '@palabre/protocol'
import { client } from '../../client.ts'

export function useRole() {
  return {
    mine: async (): Promise<AccountRole> => {
      const answer = await client.call('getMe', {}).catch(() => null)
      return answer?.role ?? 'member'
    },
  }
}
