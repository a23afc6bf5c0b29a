/**
 * Languages are complete: every locale folder of the web app has the same keys in French and in Arabic as in English, with
 * the same placeholders and no empty sentence; and every key that the code names exists.
 */
import { isThere, listFiles, readText } from './tree.ts'

const web = 'packages/web/src'
const reference = 'en'
const languages = ['fr', 'ar']
/** Arabic counts in six forms: none, one, two, a few (3 to 10), many (11 to 99), hundreds. */
const arabicForms = 6

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
  if (problems.length > 0) {
    problems.push(
      'every sentence is needed in en.json, fr.json and ar.json: see docs/adding-a-feature.md, languages',
    )
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
  if (language === 'ar') problems.push(...arabicPlurals(file, words, others))
  for (const key of others.keys())
    if (!words.has(key)) problems.push(`${file}: ${key} is not in ${reference}.json`)
  return problems
}

function arabicPlurals(file: string, words: Map<string, string>, others: Map<string, string>): string[] {
  const formsOf = (sentence: string | undefined) => (sentence ?? '').split(' | ').length
  return [...words]
    .filter(([key]) => others.has(key))
    .filter(([key, sentence]) => formsOf(others.get(key)) !== (formsOf(sentence) === 1 ? 1 : arabicForms))
    .map(([key, sentence]) =>
      formsOf(sentence) === 1
        ? `${file}: ${key} counts nothing in English, so it has one form`
        : `${file}: ${key} needs ${arabicForms} forms: none | one | two | a few (3–10) | many (11–99) | hundreds`,
    )
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
