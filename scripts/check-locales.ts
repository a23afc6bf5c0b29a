/**
 * Languages are complete: every locale folder of the web app has the same keys in French as in English, with
 * the same placeholders and no empty sentence; and every key that the code names exists.
 */
import { isThere, listFiles, readText } from './tree.ts'

const web = 'packages/web/src'
const reference = 'en'
const languages = ['fr']

export function checkLocales(): string[] {
  const folders = listFiles(web, /\/locales\/en\.json$/).map((path) => path.slice(0, -'/en.json'.length))
  if (folders.length === 0) return [`no locales/en.json below ${web}`]
  const problems: string[] = []
  const known = new Set<string>()
  for (const folder of folders) {
    const words = flatten(folder, reference)
    const feature = /\/features\/([^/]+)\/locales$/.exec(folder)?.[1]
    for (const key of words.keys()) known.add(feature === undefined ? key : `${feature}.${key}`)
    for (const [key, sentence] of words)
      if (sentence.trim() === '') problems.push(`${folder}/en.json: ${key} is empty`)
    for (const language of languages) problems.push(...compare(folder, words, language))
  }
  return [...problems, ...unknownKeys(known)]
}

function compare(folder: string, words: Map<string, string>, language: string): string[] {
  const file = `${folder}/${language}.json`
  if (!isThere(file)) return [`${file} is missing`]
  const others = flatten(folder, language)
  const problems: string[] = []
  for (const [key, sentence] of words) {
    const other = others.get(key)
    if (other === undefined) problems.push(`${file}: ${key} is missing`)
    else if (other.trim() === '') problems.push(`${file}: ${key} is empty`)
    else if (placeholders(sentence) !== placeholders(other)) {
      problems.push(
        `${file}: ${key} has other placeholders (${placeholders(sentence)} against ${placeholders(other)})`,
      )
    }
  }
  for (const key of others.keys())
    if (!words.has(key)) problems.push(`${file}: ${key} is not in ${reference}.json`)
  return problems
}

/** `t('a.b')`, `keypath="a.b"`: keys written out in the code. Those put together at run time are not seen. */
function unknownKeys(known: Set<string>): string[] {
  const problems: string[] = []
  const usage = /(?:\b\$?(?:t|te|tm|rt)\(\s*|\bkeypath=)(['"`])([A-Za-z][\w.-]*)\1/g
  for (const file of listFiles(web, /\.(ts|vue)$/)) {
    for (const [, , key = ''] of readText(file).matchAll(usage)) {
      if (!known.has(key)) problems.push(`${file}: no sentence for ${key}`)
    }
  }
  return problems
}

/** The distinct names in braces, in order. In each plural form a name may or may not appear. */
function placeholders(sentence: string): string {
  const names = [...sentence.matchAll(/\{\s*([\w]+)\s*\}/g)].map(([, name = '']) => name)
  return [...new Set(names)].sort().join(', ')
}

function flatten(folder: string, language: string): Map<string, string> {
  const found = new Map<string, string>()
  const visit = (value: unknown, path: string): void => {
    if (typeof value === 'string') found.set(path, value)
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) visit(inner, path === '' ? key : `${path}.${key}`)
    }
  }
  visit(JSON.parse(readText(`${folder}/${language}.json`)), '')
  return found
}
