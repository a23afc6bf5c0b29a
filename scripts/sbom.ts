/**
 * `npm run sbom -- [FILE] [--all] [--licences]`: what this version is made of, as CycloneDX 1.6 in JSON; or the list of
 * licences. What runs and what is in the web app; with `--all` what it is built and tested with too. From the lockfile alone:
 * the same lockfile gives the same bytes.
 */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { installed, type Installed } from './packages.ts'
import { readText } from './tree.ts'

const { values, positionals } = parseArgs({
  options: { all: { type: 'boolean', default: false }, licences: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const packages = installed().filter(({ isDev }) => values.all || !isDev)
const text = values.licences ? licenceList(packages) : `${JSON.stringify(bill(packages), null, 2)}\n`
const [file] = positionals
if (file === undefined) process.stdout.write(text)
else {
  writeFileSync(file, text)
  console.log(`${file}: ${packages.length} packages.`)
}

function bill(parts: readonly Installed[]): object {
  const { name, version, license } = JSON.parse(readText('package.json')) as Record<string, string>
  const refs = new Map(parts.map((part) => [part.path, `${purlOf(part)}#${part.path}`]))
  const own = `pkg:npm/${name}@${version}`
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(readText('package-lock.json') + String(parts.length))}`,
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': own,
        name,
        version,
        purl: own,
        licenses: [{ license: { id: license } }],
      },
    },
    components: parts.map((part) => ({
      type: 'library',
      'bom-ref': refs.get(part.path),
      ...namesOf(part),
      version: part.version,
      scope: part.isDev ? 'excluded' : part.isOptional ? 'optional' : 'required',
      licenses: / (OR|AND) /u.test(part.licence)
        ? [{ expression: part.licence }]
        : [{ license: { id: part.licence } }],
      hashes: hashesOf(part),
      purl: purlOf(part),
    })),
    dependencies: parts.map((part) => ({
      ref: refs.get(part.path),
      dependsOn: part.needs.flatMap((path) => refs.get(path) ?? []),
    })),
  }
}

function licenceList(parts: readonly Installed[]): string {
  const byLicence = new Map<string, Installed[]>()
  for (const part of parts) byLicence.set(part.licence, [...(byLicence.get(part.licence) ?? []), part])
  return [...byLicence]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([licence, all]) => {
      const names = [...new Set(all.map(({ name, version }) => `  ${name} ${version}`))].sort()
      return `${licence} (${names.length})\n${names.join('\n')}\n`
    })
    .join('\n')
}

function namesOf({ name }: Installed): { group?: string; name: string } {
  const [, group, rest] = /^(@[^/]+)\/(.+)$/u.exec(name) ?? []
  return group === undefined || rest === undefined ? { name } : { group, name: rest }
}

function purlOf({ name, version }: Installed): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

function hashesOf({ integrity }: Installed): object[] {
  const [, content] = /^sha512-(.+)$/u.exec(integrity) ?? []
  return content === undefined
    ? []
    : [{ alg: 'SHA-512', content: Buffer.from(content, 'base64').toString('hex') }]
}

/** In the shape of a random one, as the format asks, and the same for the same text. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`
}
