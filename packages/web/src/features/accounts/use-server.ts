// What the server says of itself before sign-in. A door that cannot be asked is drawn without it.
import type { Output } from '@palabre/protocol'
import { onMounted, shallowRef } from 'vue'
import { client } from '../../client.ts'

export function useServer() {
  const server = shallowRef<Output<'getServer'> | null>(null)
  onMounted(async () => {
    server.value = await client.call('getServer', {}).catch(() => null)
  })
  return server
}
