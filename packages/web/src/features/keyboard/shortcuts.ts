// Every key that does something by itself, in one table: what binds a key asks it here, and what tells of keys (the
// sheet, the settings, the menus) reads it here. Pure. Keys inside a widget (arrows in a menu, say) are the widget's own.

/** In each: words apart are alternatives. `mod` is Ctrl, or ⌘ on a Mac. In the order in which people read them. */
export const shortcuts = {
  everywhere: {
    switcher: 'mod+k',
    sheet: '? mod+/',
    create: 'alt+n',
    settings: 'mod+,',
    next: 'alt+arrowdown',
    previous: 'alt+arrowup',
    nextUnread: 'alt+shift+arrowdown',
    previousUnread: 'alt+shift+arrowup',
    pane: 'f6',
    paneBack: 'shift+f6',
    up: 'escape',
  },
  conversation: { find: 'mod+f', info: 'alt+i', acts: 'alt+o' },
  writing: { send: 'mod+enter', editLast: 'arrowup', bold: 'mod+b', italic: 'mod+i' },
  message: {
    older: 'arrowup',
    newer: 'arrowdown',
    newest: 'end',
    menu: 'enter contextmenu shift+f10',
    reply: 'r',
    copy: 'c',
    forward: 'f',
    select: 's',
    star: '*',
    pin: 'p',
    edit: 'e',
    readers: 'i',
    report: '!',
    delete: 'delete',
  },
  picture: { left: 'arrowleft', right: 'arrowright', larger: '+ =', smaller: '-', whole: '0' },
} as const

type Groups = typeof shortcuts
export type ShortcutGroup = keyof Groups
export type Shortcut<G extends ShortcutGroup> = keyof Groups[G]

/** What this key asks for, among those of a group; a key that types something where one writes asks for nothing. */
export function shortcutOf<G extends ShortcutGroup>(group: G, event: KeyboardEvent): Shortcut<G> | undefined {
  const pressed = spell(event)
  if (pressed.length === 1 && isField(event.target)) return undefined
  const found = Object.entries<string>(shortcuts[group]).find(([, keys]) => keys.split(' ').includes(pressed))
  return found?.[0] as Shortcut<G> | undefined
}

function spell(event: KeyboardEvent): string {
  // With Alt a Mac types other signs: there the key's place says which letter it is.
  const isOther = event.altKey && !/^[\w,/]+$/.test(event.key) && event.code.startsWith('Key')
  const key = (isOther ? event.code.slice(3) : event.key).toLowerCase()
  // Signs such as ? need Shift on one keyboard and not on another.
  const isShift = event.shiftKey && !/^[^a-z]$/.test(key)
  return [
    ...(event.ctrlKey || event.metaKey ? ['mod'] : []),
    ...(event.altKey ? ['alt'] : []),
    ...(isShift ? ['shift'] : []),
    key,
  ].join('+')
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')
}
