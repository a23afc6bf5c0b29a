// Runs what may be sensitive: where the server wants a proof of who one is, asks for it and runs it again (ACC-3).
import { shallowRef } from 'vue'
import { client } from '../../client.ts'
import { codeOf } from '../../use-error-sentence.ts'

export interface Proof {
  /** True while the dialog is to be shown. */
  readonly isAsked: { readonly value: boolean }
  /** What `run` answers; null when the person would rather not. @throws what `run` throws */
  withProof<T>(run: () => Promise<T>): Promise<T | null>
  /** @throws PASSWORD_WRONG */
  prove(password: string): Promise<void>
  cancel(): void
}

export function useProof(): Proof {
  const isAsked = shallowRef(false)
  let settle: ((isProved: boolean) => void) | null = null

  function end(isProved: boolean): void {
    isAsked.value = false
    settle?.(isProved)
    settle = null
  }

  return {
    isAsked,
    async withProof(run) {
      try {
        return await run()
      } catch (error) {
        if (codeOf(error) !== 'PROOF_REQUIRED') throw error
      }
      const isProved = await new Promise<boolean>((resolve) => {
        settle = resolve
        isAsked.value = true
      })
      return isProved ? await run() : null
    },
    async prove(password) {
      await client.call('prove', { password })
      end(true)
    },
    cancel: () => end(false),
  }
}
