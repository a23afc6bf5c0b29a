// Whether whoever is signed in runs the server: asked each time one looks; what depends on it the server decides anyway.
import { onMounted, ref } from 'vue'
import { client } from '../../client.ts'

export function useIsOperator() {
  const isOperator = ref(false)
  onMounted(async () => {
    const { role } = await client.call('getMe', {}).catch(() => ({ role: 'member' }))
    isOperator.value = role === 'operator'
  })
  return isOperator
}
