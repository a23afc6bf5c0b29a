// The keyboard in the log: one tab stop, ↑ ↓ from message to message, single letters act on the focused one.
import { nextTick, ref, type Ref } from 'vue'
import { shortcutOf, type Shortcut } from '../keyboard/shortcuts.ts'
import type { ShownMessage } from './use-conversation.ts'

/** What a message's menu offers, each with its letter. */
export type MessageAct = Exclude<Shortcut<'message'>, 'older' | 'newer' | 'newest' | 'menu'>

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
    const wanted = shortcutOf('message', event)
    if (event.key === 'Escape') at.leave()
    else if (wanted === undefined) return
    else if (wanted === 'older') step(bubble, -1)
    else if (wanted === 'newer') step(bubble, 1)
    else if (wanted === 'newest') void last()
    else if (wanted === 'menu') at.menu(bubble, shown)
    else at.act(wanted, shown)
    event.preventDefault()
  }

  return { active, onKey, focusMessage }
}
