/**
 * What every file must be: small, named after what it does, opened by a comment, and about this project only.
 * Also that no feature reads messages past `core/access.ts` (P6).
 */
import { listFiles, readText } from './tree.ts'

const ceiling = 400
const folderCeiling = 30
const forbiddenNames =
  /(^|\/)(utils?|helpers?|common|misc|types|manager|base|service|repository|dao|controller)\.(ts|vue|mjs|cjs)$/
/** Tables of sentences, contract suites and the model of the protocol may be longer: they are read as lists. */
const mayBeLong = /\/locales\/|\/contract|^tests\/model\/|\.json$|\.sql$/
const sources = /\.(ts|mjs|cjs|vue|css|sql)$/
/** Folders of somebody's machine, and what only means something on it. */
const machinePaths = /(?:^|[\s"'`(=])\/(?:work|root|home\/\w+|Users\/\w+|mnt|tmp)\/[\w.]/m
/** Who reads the log in a feature has core/access.ts decide whose it is to see. */
const logReads = /\bstore\.log\b|\{[^}]*\blog\b[^}]*\} = ctx\.store\b/
const asksAccess = /from '(\.\.\/)+core\/access\.ts'/
const escapes = /@ts-ignore|@ts-nocheck|\b(?:test|it|describe)\.(?:skip|only)\b|\bTO[D]O\b|\bFIX[M]E\b/

export function checkFiles(): string[] {
  const problems: string[] = []
  const folders = new Map<string, number>()
  const own = ['packages', 'tests', 'bench', 'scripts'].flatMap((folder) => listFiles(folder, sources))
  for (const path of own) {
    const text = readText(path)
    const lines = text.split('\n').length - 1
    const folder = path.slice(0, path.lastIndexOf('/'))
    if (!path.endsWith('.test.ts')) folders.set(folder, (folders.get(folder) ?? 0) + 1)
    if (lines > ceiling && !mayBeLong.test(path))
      problems.push(`${path} has ${lines} lines; ${ceiling} at most`)
    if (forbiddenNames.test(path)) problems.push(`${path}: the name says nothing; name it after what it does`)
    if (/\.(ts|mjs|cjs)$/.test(path)) {
      const name = path.slice(path.lastIndexOf('/') + 1)
      if (!/^[a-z0-9]+([.-][a-z0-9]+)*$/.test(name)) problems.push(`${path}: file names are kebab-case`)
      if (!path.endsWith('.test.ts') && !/^(\/\/|\/\*)/.test(text))
        problems.push(`${path} does not open by saying what it is for`)
    }
    if (path !== 'scripts/check-files.ts' && escapes.test(text)) {
      problems.push(`${path}: ${escapes.exec(text)?.[0] ?? ''} is not for committed code`)
    }
    if (
      /^packages\/server\/src\/features\//.test(path) &&
      !path.endsWith('.test.ts') &&
      logReads.test(text) &&
      !asksAccess.test(text)
    ) {
      problems.push(`${path} reads the log and never asks core/access.ts who may see it`)
    }
  }
  for (const [folder, count] of folders) {
    if (count > folderCeiling) problems.push(`${folder} has ${count} files; ${folderCeiling} at most`)
  }
  const everything = ['.'].flatMap((folder) =>
    listFiles(folder, /\.(ts|mjs|cjs|js|vue|css|sql|md|json|yaml|html)$/),
  )
  for (const path of everything) {
    const match = machinePaths.exec(readText(path))
    if (match !== null) problems.push(`${path} names a place on one machine: ${match[0].trim()}`)
  }
  return problems
}
