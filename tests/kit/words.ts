// The words of the interface by their key, as the page itself has them: for journeys in more than one language.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

export type Language = 'en' | 'fr' | 'ar'
/** `list.new`, or `messages.menu.reply` for those of a feature. */
export type Words = (key: string) => string

const source = resolve(import.meta.dirname, '../../packages/web/src')

export function wordsOf(language: Language): Words {
  const parse = (path: string): unknown =>
    JSON.parse(readFileSync(`${source}/${path}/${language}.json`, 'utf8'))
  const features = readdirSync(`${source}/features`)
    .filter((name) => existsSync(`${source}/features/${name}/locales`))
    .map((name) => [name, parse(`features/${name}/locales`)] as const)
  const all = { ...(parse('locales') as object), ...Object.fromEntries(features) }
  return (key) => {
    const found = key
      .split('.')
      .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], all)
    if (typeof found !== 'string') throw new Error(`no word by the key ${key}`)
    return found
  }
}
