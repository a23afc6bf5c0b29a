/**
 * Ties `docs/protocol.md` to the tests: every rule that it numbers has a test whose title starts with its id,
 * and every id in a title is a rule there, or a control of `docs/security.md`. Rules under the heading "Planned" need no test yet.
 */
import { listFiles, readText } from './tree.ts'

const ruleBook = 'docs/protocol.md'
/** Threats and controls have ids too (`| SEC-4 | …`): a title may name one, and need not. */
const controlBook = 'docs/security.md'
const controlOpening = /^\| ([A-Z]+-\d+) \|/gm
/** A rule opens a list item: `- **LOG-3** …` or `- **P1 Durable …**`. */
const ruleOpening = /^[-*] \*\*([A-Z]+-?\d+)\b/gm
/** A title opens with ids: `'[LOG-2] …'`, `'[P2][LOG-2] …'`, `'[P2, LOG-2] …'`. */
const titleOpening = /['"`]((?:\[[A-Z]+-?\d+(?:[, ]+[A-Z]+-?\d+)*\] ?)+)/g
const ruleId = /[A-Z]+-?\d+/g

export function checkRules(): string[] {
  const [built = '', planned = ''] = readText(ruleBook).split(/^## Planned.*$/m)
  const rules = idsOf(built, ruleOpening)
  const controls = idsOf(readText(controlBook), controlOpening)
  const plannedRules = idsOf(planned, ruleOpening)
  const problems = rules.filter((id, at) => rules.indexOf(id) < at).map((id) => `${id} is numbered twice`)

  const titled = new Map<string, string>()
  for (const file of [...listFiles('packages', /\.ts$/), ...listFiles('tests', /\.ts$/)]) {
    if (!/\.test\.ts$|\/contract|^tests\//.test(file)) continue
    for (const [, ids = ''] of readText(file).matchAll(titleOpening)) {
      for (const id of ids.match(ruleId) ?? []) titled.set(id, file)
    }
  }
  for (const id of new Set(rules)) if (!titled.has(id)) problems.push(`${id} has no test that names it`)
  for (const [id, file] of titled) {
    if (![...rules, ...plannedRules, ...controls].includes(id)) {
      problems.push(`${id} in ${file} is in neither ${ruleBook} nor ${controlBook}`)
    }
  }
  if (rules.length === 0) problems.push(`${ruleBook} numbers no rules`)
  return problems
}

function idsOf(text: string, opening: RegExp): string[] {
  return [...text.matchAll(opening)].map(([, id = '']) => id)
}
