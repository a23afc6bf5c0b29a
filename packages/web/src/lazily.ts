// Components that come when they are wanted, together with the words of their feature.
import { defineAsyncComponent, type Component } from 'vue'

/** `addWords`: brings the feature's words; asked for again it costs nothing. */
export function lazilyWith(addWords: () => Promise<void>) {
  return <T extends Component>(load: () => Promise<{ default: T }>): T =>
    defineAsyncComponent(async () => {
      const [loaded] = await Promise.all([load(), addWords()])
      return loaded.default
    })
}
