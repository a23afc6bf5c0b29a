// Two small build steps: the Latin font is asked for with the page, and the service worker learns what was built.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { build, type Plugin } from 'vite'

const latinFont = /assets\/radio-canada-latin-wght-normal-[^/]*\.woff2$/

/** Asks for the Latin font together with the page, so that text does not change its face. */
export function fontPreload(): Plugin {
  return {
    name: 'palabre-font-preload',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const font = Object.keys(bundle ?? {}).find((name) => latinFont.test(name))
        if (font === undefined) return []
        const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', href: `/${font}`, crossorigin: '' }
        return [{ tag: 'link', attrs, injectTo: 'head' }]
      },
    },
  }
}

/** Builds `src/service-worker.ts` to `/service-worker.js`, told which files make the app and their common hash. */
export function serviceWorker(): Plugin {
  let root = ''
  let outDir = ''
  return {
    name: 'palabre-service-worker',
    apply: 'build',
    configResolved(config) {
      root = config.root
      outDir = resolve(config.root, config.build.outDir)
    },
    closeBundle: {
      sequential: true,
      order: 'post',
      async handler() {
        // Also called when the build failed: then there is nothing to keep, and the reason is said already.
        if (!existsSync(outDir)) return
        const files = listFiles(outDir).filter((file) => file !== 'service-worker.js' && !file.endsWith('.map'))
        const hash = createHash('sha256')
        for (const file of files) hash.update(file).update(readFileSync(join(outDir, file)))
        await build({
          root,
          configFile: false,
          publicDir: false,
          logLevel: 'warn',
          define: {
            __SHELL_FILES__: JSON.stringify(files.filter(isShell).map((file) => `/${file}`)),
            __SHELL_VERSION__: JSON.stringify(hash.digest('hex').slice(0, 12)),
          },
          build: {
            outDir,
            emptyOutDir: false,
            target: 'es2022',
            modulePreload: false,
            reportCompressedSize: false,
            rollupOptions: {
              input: join(root, 'src/service-worker.ts'),
              output: { entryFileNames: 'service-worker.js', format: 'iife' },
            },
          },
        })
      },
    },
  }
}

/** Everything except what no page asks for at start: large icons, fonts of rare letters. */
function isShell(file: string): boolean {
  if (file.endsWith('.woff2')) return latinFont.test(file)
  return !/^brand\/icon-.*\.png$/.test(file)
}

function listFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .sort()
}
