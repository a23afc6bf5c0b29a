// Every language says everything: the same keys, the same slots, as many forms; and French keeps its spaces.
import { expect, test } from 'vitest'

const files = {
  ...import.meta.glob<object>('./*.json', { eager: true, import: 'default' }),
  ...import.meta.glob<object>('../features/*/locales/*.json', { eager: true, import: 'default' }),
}
const english = Object.keys(files).filter((path) => path.endsWith('/en.json'))

function flatten(words: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(words).flatMap(([key, value]: [string, unknown]) =>
      typeof value === 'object' && value !== null
        ? [...flatten(value, `${prefix}${key}.`)]
        : [[`${prefix}${key}`, String(value)] as const],
    ),
  )
}
const slotsOf = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort()
const formsOf = (text: string) => text.split(' | ').length

test.each(english)('%s has its Arabic, key by key, in all six forms where it counts', (path) => {
  const en = flatten(files[path] ?? {})
  const ar = flatten(files[path.replace('/en.json', '/ar.json')] ?? {})
  expect([...ar.keys()].sort()).toEqual([...en.keys()].sort())
  for (const [key, text] of en) {
    const arabic = ar.get(key) ?? ''
    const forms = formsOf(text) === 1 ? 1 : 6
    expect({ key, slots: slotsOf(arabic), forms: formsOf(arabic) }).toEqual({
      key,
      slots: slotsOf(text),
      forms,
    })
    expect(arabic, `${key}: a comma or question mark of another script`).not.toMatch(
      /\p{Script=Arabic}[,?;]/u,
    )
  }
})

test.each(english)('%s has its French, key by key', (path) => {
  const en = flatten(files[path] ?? {})
  const fr = flatten(files[path.replace('/en.json', '/fr.json')] ?? {})
  expect([...fr.keys()].sort()).toEqual([...en.keys()].sort())
  for (const [key, text] of en) {
    const french = fr.get(key) ?? ''
    expect({ key, slots: slotsOf(french), forms: formsOf(french) }).toEqual({
      key,
      slots: slotsOf(text),
      forms: formsOf(text),
    })
    expect(french, `${key}: a breaking space before a sign`).not.toMatch(/ [?!;:»]|« | '/)
    expect(french, `${key}: a typewriter apostrophe`).not.toContain("'")
  }
})
