/**
 * What is installed, as the lockfile says it: name, version, licence, where it is needed. Nothing is asked of a network,
 * and nothing of what is installed: the same lockfile always says the same.
 */
import { readText } from './tree.ts'

export interface Installed {
  /** In the lockfile: which copy it is. */
  readonly path: string
  readonly name: string
  readonly version: string
  /** An SPDX expression; empty where its makers say none. */
  readonly licence: string
  /** Only whoever works on the project has it. */
  readonly isDev: boolean
  /** For one kind of machine, or not at all. */
  readonly isOptional: boolean
  /** `sha512-…`, as the installer compares it. */
  readonly integrity: string
  /** Paths of those that it needs, and that are there. */
  readonly needs: readonly string[]
}

interface Entry {
  version?: string
  license?: string
  link?: boolean
  dev?: boolean
  devOptional?: boolean
  optional?: boolean
  integrity?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

/** What these published without a field that says it, read in their own files. A new version is read again. */
const readByHand: Readonly<Record<string, string>> = {
  // Its readme.
  'combine-errors@3.0.3': 'MIT',
  'humanize-number@0.0.2': 'MIT',
  'only@0.0.2': 'MIT',
  // An older way of writing the field.
  'busboy@0.3.1': 'MIT',
  'dicer@0.3.0': 'MIT',
  'streamsearch@0.1.2': 'MIT',
  'xmlhttprequest-ssl@2.1.2': 'MIT',
}

export function installed(): Installed[] {
  const { packages } = JSON.parse(readText('package-lock.json')) as { packages: Record<string, Entry> }
  return Object.entries(packages).flatMap(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.link === true || entry.version === undefined) return []
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const wanted = { ...entry.peerDependencies, ...entry.optionalDependencies, ...entry.dependencies }
    return [
      {
        path,
        name,
        version: entry.version,
        licence: entry.license ?? readByHand[`${name}@${entry.version}`] ?? '',
        isDev: entry.dev === true || entry.devOptional === true,
        isOptional: entry.optional === true,
        integrity: entry.integrity ?? '',
        needs: Object.keys(wanted).flatMap((need) => placeOf(packages, path, need) ?? []),
      },
    ]
  })
}

/** Where a package finds another: beside itself, or further out. */
function placeOf(packages: Record<string, Entry>, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (packages[place] !== undefined) return packages[place].link === true ? undefined : place
    if (folder === '') return undefined
  }
}
