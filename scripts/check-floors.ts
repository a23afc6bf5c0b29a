/**
 * No package in the lockfile is older than the first version without a known hole, none comes from anywhere
 * but the registry that the installer asks, and no install script runs that is not on the list.
 */
import { readText } from './tree.ts'

/** The lowest versions that may be installed; where several majors were mended, the lowest of each. */
const floors: Record<string, string | readonly string[]> = {
  'socket.io-parser': '4.2.7',
  'engine.io': '6.6.7',
  ws: '8.21.0',
  sharp: '0.35.0',
  'file-type': '21.3.2',
  'path-to-regexp': ['6.3.0', '8.4.0'],
  jws: '4.0.1',
  qs: '6.14.1',
}
/** Versions that were published with malice. */
const banned = new Set(['debug@4.4.2'])

interface Lock {
  packages: Record<
    string,
    { version?: string; resolved?: string; link?: boolean; hasInstallScript?: boolean }
  >
}
interface Manifest {
  allowScripts?: Record<string, boolean>
}

export function checkFloors(): string[] {
  const { packages } = JSON.parse(readText('package-lock.json')) as Lock
  const { allowScripts = {} } = JSON.parse(readText('package.json')) as Manifest
  const problems: string[] = []
  for (const [path, entry] of Object.entries(packages)) {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    if (!path.includes('node_modules/') || entry.version === undefined) continue
    const floor = floorOf(name, entry.version)
    if (floor !== undefined && isOlder(entry.version, floor)) {
      problems.push(`${path} is ${entry.version}; at least ${floor} is needed`)
    }
    if (banned.has(`${name}@${entry.version}`))
      problems.push(`${path}: ${entry.version} is a poisoned release`)
    if (entry.resolved !== undefined) problems.push(`${path} names where it came from: ${entry.resolved}`)
    if (entry.hasInstallScript === true && allowScripts[name] === undefined && name !== 'fsevents') {
      problems.push(`${path} runs a script when it is installed and is not in allowScripts`)
    }
  }
  if (Object.keys(packages).length < 100) problems.push('the lockfile could not be read')
  return problems
}

function floorOf(name: string, version: string): string | undefined {
  const listed = floors[name] ?? []
  const all = typeof listed === 'string' ? [listed] : listed
  const majorOf = (text: string) => text.split('.')[0]
  return all.find((floor) => majorOf(floor) === majorOf(version)) ?? all.at(-1)
}

/** Compares `major.minor.patch`; a pre-release counts as its release. */
export function isOlder(version: string, floor: string): boolean {
  const parts = (text: string): number[] => (text.split(/[-+]/)[0] ?? '').split('.').map(Number)
  const wanted = parts(floor)
  for (const [at, part] of parts(version).entries()) {
    if (part !== (wanted[at] ?? 0)) return part < (wanted[at] ?? 0)
  }
  return false
}
