/**
 * The docs do not lag: the table of settings in `docs/operating.md` is the server's own, and every relative
 * link leads somewhere. `scripts/document-settings.ts` writes the table.
 */
import { posix } from 'node:path'
import { describeConfig } from '../packages/server/src/settings.ts'
import { isThere, listFiles, readText } from './tree.ts'

export const operatingPage = 'docs/operating.md'

export function checkDocs(): string[] {
  const page = readText(operatingPage)
  const isCurrent = page === withSettings(page)
  return [
    ...(isCurrent ? [] : [`${operatingPage}: settings changed; run npx tsx scripts/document-settings.ts`]),
    ...deadLinks(),
  ]
}

/** The page with the table of settings as the server has it (the lines of `--help`). */
export function withSettings(page: string): string {
  const rows = describeConfig()
    .split('\n')
    .map((line) => /^ {2}([A-Z][A-Z0-9_]+) +(.*?)(?: Default: (.*)\.)?$/.exec(line))
    .map((match) => `| \`${match?.[1] ?? ''}\` | ${match?.[3] ?? ''} | ${match?.[2] ?? ''} |`)
  const table = `| name | default | |\n| --- | --- | --- |\n${rows.join('\n')}\n`
  return page.replace(
    /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/,
    (_all, begin: string, end: string) => begin + table + end,
  )
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
