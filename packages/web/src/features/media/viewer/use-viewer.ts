// Which message of the open conversation is shown large. Provided by who hosts the viewer; elsewhere nothing opens.
import { inject, provide, readonly, ref, type InjectionKey, type Ref } from 'vue'

export interface Viewer {
  readonly messageId: Readonly<Ref<string | null>>
  open(messageId: string): void
  close(): void
}

const key: InjectionKey<Viewer> = Symbol('viewer')

export function provideViewer(): Viewer {
  const messageId = ref<string | null>(null)
  const viewer: Viewer = {
    messageId: readonly(messageId),
    open: (id) => (messageId.value = id),
    close: () => (messageId.value = null),
  }
  provide(key, viewer)
  return viewer
}

export function useViewer(): Viewer {
  const viewer = inject(key, null)
  if (viewer === null) throw new Error('useViewer() needs a pane that calls provideViewer()')
  return viewer
}
