// The server with one of the mutants in it, for nodes that are processes of their own: built as `scripts/run/build.mjs`
// builds the real one, into a folder of its own.
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { altering, type Alteration } from '../simulation/build.ts'

const root = resolve(import.meta.dirname, '../..')

/** Answers the program's file. @throws when an altered place is not there exactly once */
export async function buildMutant(name: string, places: Alteration[]): Promise<string> {
  const outdir = join(root, 'node_modules/.cache/mutants', name.replaceAll(' ', '-'))
  await mkdir(outdir, { recursive: true })
  await build({
    absWorkingDir: root,
    entryPoints: {
      main: 'packages/server/src/main.ts',
      worker: 'packages/server/src/store/sqlite/worker.ts',
    },
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    plugins: [altering(places), ownPackagesOnly],
  })
  return join(outdir, 'main.js')
}

/** Our own packages are TypeScript and are bundled; npm's stay where they are installed. */
const ownPackagesOnly: Plugin = {
  name: 'own-packages-only',
  setup(building) {
    building.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@palabre/') ? undefined : { path, external: true },
    )
  },
}
