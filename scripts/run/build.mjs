/**
 * Builds what changed: the server with esbuild (the server, its store's worker, what they load on demand), the web app
 * with Vite. A hash of the sources in `.build/` says whether anything did.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { node, root, say, seconds } from './process.mjs'

const stamps = join(root, '.build')

export async function ensureServer() {
  const sources = ['packages/protocol', 'packages/server', 'scripts/run/build.mjs', 'package-lock.json']
  await ensure('server', sources, 'packages/server/dist/main.js', async () => {
    const { build } = await import('esbuild')
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: {
        main: 'packages/server/src/main.ts',
        worker: 'packages/server/src/store/sqlite/worker.ts',
      },
      outdir: 'packages/server/dist',
      bundle: true,
      // What only some servers need (MongoDB's driver) is loaded by those.
      splitting: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      sourcemap: true,
      loader: { '.sql': 'text' },
      legalComments: 'none',
      logLevel: 'warning',
      metafile: true,
      plugins: [{ name: 'own-packages-only', setup: ownPackagesOnly }],
    })
    // Names hold a hash: what an earlier build made would stay for ever.
    for (const name of readdirSync(join(root, 'packages/server/dist'))) {
      const path = `packages/server/dist/${name}`
      if (!(path in metafile.outputs)) rmSync(join(root, path), { recursive: true })
    }
  })
}

/** Our own packages are TypeScript and are bundled; npm's stay where they are installed. */
function ownPackagesOnly(build) {
  build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
    kind === 'entry-point' || path.startsWith('@palabre/') ? undefined : { path, external: true },
  )
}

export async function ensureWeb() {
  const sources = ['packages/protocol', 'packages/client', 'packages/web', 'package-lock.json']
  await ensure('web app', sources, 'packages/web/dist/index.html', async () => {
    const vite = join(root, 'node_modules/vite/bin/vite.js')
    const code = await node([vite, 'build', '--logLevel', 'warn'], { cwd: join(root, 'packages/web') })
    if (code !== 0) throw new Error('The web app does not build; Vite says why above.')
  })
}

async function ensure(name, sources, output, build) {
  const stamp = join(stamps, `${name.replace(' ', '-')}.hash`)
  const wanted = hashOf(sources)
  if (existsSync(join(root, output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const begun = Date.now()
  say(`building the ${name}`)
  mkdirSync(stamps, { recursive: true })
  rmSync(stamp, { force: true })
  await build()
  writeFileSync(stamp, wanted)
  say(`${name} built in ${seconds(begun)}`)
}

function hashOf(sources) {
  const hash = createHash('sha256')
  for (const source of sources) {
    for (const file of filesOf(source)) hash.update(`${file}\0`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

/** Files of a source folder in a fixed order, without tests and without what a build made. */
function filesOf(source) {
  const path = join(root, source)
  if (!existsSync(path)) return []
  const skipped = /(^|\/)(node_modules|dist|data|\.vite)(\/|$)|\.test\.ts$/
  let entries
  try {
    entries = readdirSync(path, { recursive: true, withFileTypes: true })
  } catch {
    return [source]
  }
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((file) => !skipped.test(file.slice(source.length)))
    .sort()
}
