/** The project's own files, as the checks read them: paths from the root, with forward slashes. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

export const root = join(import.meta.dirname, '..')

const notOurs = new Set(['node_modules', 'dist', '.build', '.git', 'test-results', 'screenshots', 'coverage'])

/** All files below `folder` whose path matches, in order. What is built, installed or hidden is left out. */
export function listFiles(folder: string, pattern: RegExp): string[] {
  const found: string[] = []
  const visit = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      // What a server keeps, not a feature of that name.
      if (path === root && entry.name === 'data') continue
      if (notOurs.has(entry.name) || (entry.isDirectory() && entry.name.startsWith('.'))) continue
      const inner = join(path, entry.name)
      if (entry.isDirectory()) visit(inner)
      else found.push(relative(root, inner).split(sep).join('/'))
    }
  }
  const top = join(root, folder)
  if (existsSync(top)) visit(top)
  return found.filter((path) => pattern.test(path)).sort()
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

export function isThere(path: string): boolean {
  return existsSync(join(root, path))
}
