// Which messages of the open conversation are selected; null: nobody is selecting. Provided by the pane, so that the
// list draws it and the bar acts on it. It decides nothing about what may be done with them.
import type { ShownMessage } from '@palabre/client'
import { inject, provide, shallowRef, type InjectionKey, type Ref } from 'vue'

export interface Selection {
  /** In the order in which they were chosen. */
  readonly chosen: Readonly<Ref<readonly string[] | null>>
  begin(shown: ShownMessage): void
  toggle(shown: ShownMessage): void
  leave(): void
}

const key: InjectionKey<Selection> = Symbol('selection')

export function provideSelection(): Selection {
  const chosen = shallowRef<readonly string[] | null>(null)
  const selection: Selection = {
    chosen,
    begin(shown) {
      chosen.value = [shown.message.id]
    },
    toggle(shown) {
      const { id } = shown.message
      const before = chosen.value ?? []
      chosen.value = before.includes(id) ? before.filter((one) => one !== id) : [...before, id]
    },
    leave() {
      chosen.value = null
    },
  }
  provide(key, selection)
  return selection
}

export function useSelection(): Selection {
  const selection = inject(key, null)
  if (selection === null) throw new Error('useSelection() needs a ConversationPane around it')
  return selection
}

/** What is in the log, and says something, can be selected. */
export function isSelectable({ message, isPending }: ShownMessage): boolean {
  return !isPending && message.kind !== 'system' && message.deletedAt === null
}
