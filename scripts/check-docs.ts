/** The docs do not lag: every setting is in `docs/operating.md`, and every relative link leads somewhere. */
import { posix } from 'node:path'
import { isThere, listFiles, readText } from './tree.ts'

const operating = 'docs/operating.md'
const configTable = 'packages/server/src/config.ts'

export function checkDocs(): string[] {
  return [...settingsMissing(), ...deadLinks()]
}

/** Both ways: a setting without its row, and a row without its setting. */
function settingsMissing(): string[] {
  const built = [...readText(configTable).matchAll(/^ {2}([A-Z][A-Z_]+): \{/gm)].map(([, name = '']) => name)
  const told = [...readText(operating).matchAll(/^\| `([A-Z][A-Z_]+)` \|/gm)].map(([, name = '']) => name)
  if (built.length === 0) return [`no settings found in ${configTable}`]
  return [
    ...built
      .filter((name) => !told.includes(name))
      .map((name) => `${operating} does not say what ${name} is`),
    ...told
      .filter((name) => !built.includes(name))
      .map((name) => `${operating} tells of ${name}, which is not there`),
  ]
}

function deadLinks(): string[] {
  const problems: string[] = []
  for (const file of listFiles('.', /\.md$/)) {
    for (const [, target = ''] of readText(file).matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const path = posix.normalize(posix.join(posix.dirname(file), target))
      if (!isThere(path)) problems.push(`${file}: ${target} is not there`)
    }
  }
  return problems
}
