// What one has picked and not sent yet: a few things with the text that goes with them. In the first load; what looks
// at files and sends them is loaded with the first one.
import type { MessageId } from '@palabre/protocol'
import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Picked } from './picked.ts'

export interface Tray {
  readonly items: Readonly<ShallowRef<readonly Picked[]>>
  readonly hasItems: ComputedRef<boolean>
  readonly hasPhotos: ComputedRef<boolean>
  /** Photos go as they are instead of smaller. */
  readonly asOriginal: Readonly<Ref<boolean>>
  setOriginal(isOriginal: boolean): void
  /** Made ready, and put into the outbox. */
  readonly isSending: Ref<boolean>
  /** More were picked than fit. */
  readonly isFull: Ref<boolean>
  /** `asFiles`: a photo is sent as a document. */
  add(files: Iterable<File>, asFiles?: boolean): Promise<void>
  remove(key: number): void
  clear(): void
  /** Durable on this device when it resolves. @throws what keeping them threw: then they are still here. */
  send(text: string, replyTo: MessageId | null): Promise<void>
}

export function createTray(conversationId: string): Tray {
  const items = shallowRef<readonly Picked[]>([])
  const asOriginal = ref(false)
  const isSending = ref(false)
  const isFull = ref(false)

  function put(next: readonly Picked[]): void {
    for (const { preview } of items.value.filter((one) => !next.includes(one)))
      if (preview !== null) URL.revokeObjectURL(preview)
    items.value = next
    if (next.length === 0) asOriginal.value = false
  }

  return {
    items,
    hasItems: computed(() => items.value.length > 0),
    hasPhotos: computed(() => items.value.some((one) => one.kind === 'image')),
    asOriginal,
    setOriginal: (isOriginal) => (asOriginal.value = isOriginal),
    isSending,
    isFull,
    async add(files, asFiles = false) {
      const list = [...files]
      const { picked, most } = await import('./pick.ts')
      const room = most - items.value.length
      isFull.value = list.length > room
      put([...items.value, ...list.slice(0, room).map((file) => picked(file, asFiles))])
    },
    remove: (key) => put(items.value.filter((one) => one.key !== key)),
    clear: () => put([]),
    async send(text, replyTo) {
      const sent = items.value
      isSending.value = true
      try {
        const { sendPicked } = await import('./use-send-picked.ts')
        await sendPicked(conversationId, sent, { text, replyTo, asOriginal: asOriginal.value })
        put(items.value.filter((one) => !sent.includes(one)))
      } finally {
        isSending.value = false
      }
    },
  }
}
