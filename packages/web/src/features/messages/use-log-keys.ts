// The keyboard in the log: one tab stop, ↑ ↓ from message to message, single letters act on the focused one.
import { nextTick, ref, type Ref } from 'vue'
import type { ShownMessage } from './use-conversation.ts'

export type MessageAct =
  'reply' | 'copy' | 'edit' | 'delete' | 'readers' | 'forward' | 'select' | 'star' | 'pin'

const letters: Record<string, MessageAct> = {
  r: 'reply',
  c: 'copy',
  e: 'edit',
  i: 'readers',
  f: 'forward',
  s: 'select',
  '*': 'star',
  p: 'pin',
  delete: 'delete',
}

export interface LogKeys {
  /** The message that is the tab stop; null: the newest. */
  readonly active: Ref<string | null>
  onKey(event: KeyboardEvent): void
  focusMessage(key: string): Promise<void>
}

export function useLogKeys(
  content: Readonly<Ref<HTMLElement | null>>,
  at: {
    find(key: string): ShownMessage | null
    act(act: MessageAct, shown: ShownMessage): void
    menu(bubble: HTMLElement, shown: ShownMessage): void
    toEnd(): Promise<void>
    leave(): void
  },
): LogKeys {
  const active = ref<string | null>(null)
  const bubbles = () => [...(content.value?.querySelectorAll<HTMLElement>('[data-bubble]') ?? [])]
  const keyOf = (bubble: Element) => bubble.closest<HTMLElement>('[data-key]')?.dataset['key'] ?? ''

  async function focusMessage(key: string): Promise<void> {
    active.value = key
    await nextTick()
    bubbles()
      .find((bubble) => keyOf(bubble) === key)
      ?.focus()
  }

  function step(from: HTMLElement, by: number): void {
    const all = bubbles()
    const next = all[all.indexOf(from) + by]
    if (next) void focusMessage(keyOf(next))
  }

  async function last(): Promise<void> {
    await at.toEnd()
    const bubble = bubbles().at(-1)
    if (bubble) await focusMessage(keyOf(bubble))
  }

  function onKey(event: KeyboardEvent): void {
    const bubble = event.target as HTMLElement
    if (!bubble.matches('[data-bubble]') || event.isComposing) return
    const shown = at.find(keyOf(bubble))
    if (shown === null) return
    const isMenu =
      event.key === 'ContextMenu' || event.key === 'Enter' || (event.key === 'F10' && event.shiftKey)
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey
    const act = isPlain ? letters[event.key.toLowerCase()] : undefined
    if (event.key === 'ArrowUp' && isPlain) step(bubble, -1)
    else if (event.key === 'ArrowDown' && isPlain) step(bubble, 1)
    else if (event.key === 'End') void last()
    else if (event.key === 'Escape') at.leave()
    else if (isMenu) at.menu(bubble, shown)
    else if (act !== undefined) at.act(act, shown)
    else return
    event.preventDefault()
  }

  return { active, onKey, focusMessage }
}
