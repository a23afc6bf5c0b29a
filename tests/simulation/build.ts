// Puts the simulation into one file: the product as it is, but for the few modules in `instead/`, behind which real time,
// chance, disks and sockets lie. And, for the mutants, with some places of the product altered.
import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** A place in the product, and what it is to be instead. */
export interface Alteration {
  /** From the root of the repository. */
  file: string
  /** Must occur exactly once. */
  find: string
  replace: string
}

const root = resolve(import.meta.dirname, '../..')
const instead = join(import.meta.dirname, 'instead')

/** What is imported, and the file that takes its place. */
const replaced: [filter: RegExp, file: string][] = [
  [/^(node:)?worker_threads$/, 'worker-threads.ts'],
  [/^(node:)?crypto$/, 'crypto.ts'],
  [/^uuid$/, 'uuid.ts'],
  [/^base64id$/, 'base64id.ts'],
  [/^jose$/, 'jose.ts'],
  [/^engine\.io-client$/, 'engine.io-client.ts'],
  [/\/connection\.ts$/, 'connection.ts'],
  [/\/here\.ts$/, 'here.ts'],
  [/\/passwords\.ts$/, 'passwords.ts'],
  [/\/limits\.ts$/, 'limits.ts'],
]

/** Builds into `name`; answers the file. @throws when an altered place is not there exactly once */
export async function buildSimulation(name: string, alterations: Alteration[] = []): Promise<string> {
  const dir = join(root, 'node_modules/.cache/simulation')
  await mkdir(dir, { recursive: true })
  const outfile = join(dir, `${name.replaceAll(' ', '-')}.mjs`)
  await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['better-sqlite3'],
    // What CommonJS packages ask for by `require`.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)",
    },
    logLevel: 'error',
    plugins: [replacing, altering(alterations)],
  })
  return outfile
}

const replacing: Plugin = {
  name: 'replacing',
  setup(building) {
    for (const [filter, file] of replaced)
      building.onResolve({ filter }, ({ importer, path }) => {
        // The file that takes a module's place may use that module; of files named so only the server's are meant.
        const isOwn = importer.startsWith(instead)
        const isProtocol = importer.includes('packages/protocol/src/')
        const isServer = importer.includes('packages/server/src/')
        const isMeant = file === 'limits.ts' ? isProtocol : isServer || !path.endsWith('.ts')
        if (isOwn || !isMeant) return undefined
        return { path: join(instead, file) }
      })
  },
}

/** Alters files on their way into a bundle. */
export function altering(alterations: Alteration[]): Plugin {
  return {
    name: 'altering',
    setup(building) {
      building.onLoad({ filter: /\/packages\/.*\.ts$/ }, async ({ path }) => {
        const places = alterations.filter(({ file }) => join(root, file) === path)
        if (places.length === 0) return undefined
        return { contents: places.reduce(altered, await readFile(path, 'utf8')), loader: 'ts' }
      })
    },
  }
}

/** @throws when `find` does not occur exactly once */
export function altered(text: string, { file, find, replace }: Alteration): string {
  const parts = text.split(find)
  if (parts.length !== 2) throw new Error(`${parts.length - 1} times in ${file}: ${find}`)
  return parts.join(replace)
}
