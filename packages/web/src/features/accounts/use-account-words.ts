// Brings the words of this feature to a screen of another that shows some of them: true once they are there.
import { ref } from 'vue'
import { addAccountWords } from './lazy.ts'

export function useAccountWords() {
  const hasWords = ref(false)
  addAccountWords().then(
    () => (hasWords.value = true),
    () => undefined,
  )
  return hasWords
}
