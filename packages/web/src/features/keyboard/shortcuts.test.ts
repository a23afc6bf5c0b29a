// @vitest-environment node
import { expect, test } from 'vitest'
import { shortcutOf, shortcuts, type ShortcutGroup } from './shortcuts.ts'

const press = (key: string, more: Partial<KeyboardEvent> = {}): KeyboardEvent =>
  ({
    key,
    code: '',
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    target: null,
    ...more,
  }) as KeyboardEvent

// Where no page is, nothing is a field.
globalThis.HTMLElement ??= class {} as unknown as typeof HTMLElement

test.each<[ShortcutGroup, KeyboardEvent, string | undefined]>([
  ['everywhere', press('k', { ctrlKey: true }), 'switcher'],
  ['everywhere', press('K', { metaKey: true }), 'switcher'],
  ['everywhere', press('k', { ctrlKey: true, altKey: true }), undefined],
  ['everywhere', press('K', { ctrlKey: true, shiftKey: true }), undefined],
  ['everywhere', press('?', { shiftKey: true }), 'sheet'],
  ['everywhere', press('/', { ctrlKey: true, shiftKey: true }), 'sheet'],
  ['everywhere', press('ArrowDown', { altKey: true }), 'next'],
  ['everywhere', press('ArrowDown', { altKey: true, shiftKey: true }), 'nextUnread'],
  ['everywhere', press('˜', { altKey: true, code: 'KeyN' }), 'create'],
  ['everywhere', press('F6', { shiftKey: true }), 'paneBack'],
  ['message', press('R'), 'reply'],
  ['message', press('*', { shiftKey: true }), 'star'],
  ['message', press('F10', { shiftKey: true }), 'menu'],
  ['message', press('r', { ctrlKey: true }), undefined],
  ['picture', press('='), 'larger'],
])('in %s', (group, event, wanted) => {
  expect(shortcutOf(group, event)).toBe(wanted)
})

test('no key stands for two things in one group', () => {
  for (const group of Object.values(shortcuts)) {
    const keys = Object.values<string>(group).flatMap((words) => words.split(' '))
    expect(new Set(keys).size).toBe(keys.length)
  }
})
