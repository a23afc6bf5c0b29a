// The server's health, asked again while the section is open.
import { onScopeDispose } from 'vue'
import { client } from '../../client.ts'
import { useAsking } from './use-asking.ts'

const everyMs = 5_000

export function useHealth() {
  const asking = useAsking(() => client.call('getHealth', {}))
  const timer = setInterval(() => void asking.load(), everyMs)
  onScopeDispose(() => clearInterval(timer))
  return asking
}
