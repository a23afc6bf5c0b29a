// How much this server keeps.
import { client } from '../../client.ts'
import { useAsking } from './use-asking.ts'

export function useStorage() {
  return useAsking(() => client.call('getStorage', {}))
}
