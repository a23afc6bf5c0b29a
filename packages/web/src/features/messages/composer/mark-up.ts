// Ctrl-B and Ctrl-I in the composer: marks around what is selected, or away from it where they are there already.
import { shortcutOf } from '../../keyboard/shortcuts.ts'

const marks: Partial<Record<string, string>> = { bold: '*', italic: '_' }

/** What takes the place of the selection, and what is selected afterwards; `mark` is one character. */
export function marked(
  text: string,
  start: number,
  end: number,
  mark: string,
): { from: number; to: number; words: string; start: number; end: number } {
  const chosen = text.slice(start, end)
  if (text[start - 1] === mark && text[end] === mark)
    return { from: start - 1, to: end + 1, words: chosen, start: start - 1, end: end - 1 }
  return { from: start, to: end, words: `${mark}${chosen}${mark}`, start: start + 1, end: end + 1 }
}

/** Does it, if the key asks for it; true: it did. */
export function markUp(area: HTMLTextAreaElement, event: KeyboardEvent): boolean {
  const mark = marks[shortcutOf('writing', event) ?? '']
  if (mark === undefined) return false
  event.preventDefault()
  const change = marked(area.value, area.selectionStart, area.selectionEnd, mark)
  area.setSelectionRange(change.from, change.to)
  // So that it can be undone; where that is no more, the field takes it all the same.
  if (!document.execCommand('insertText', false, change.words)) {
    area.setRangeText(change.words)
    area.dispatchEvent(new Event('input', { bubbles: true }))
  }
  area.setSelectionRange(change.start, change.end)
  return true
}
