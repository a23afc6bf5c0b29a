// Small build steps: the Latin font is asked for with the page, words are parsed here and not in the browser,
// what no browser runs is left out, and the service worker learns what was built.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { baseCompile } from '@intlify/message-compiler'
import { build, type Plugin } from 'vite'
import { rareRoutes, routes } from '../protocol/src/index.ts'

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
        const files = listFiles(outDir).filter(
          (file) => file !== 'service-worker.js' && !file.endsWith('.map'),
        )
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

/** Parses the words of `locales/*.json` at build time: the page then needs no parser of messages. */
export function parsedWords(): Plugin {
  return {
    name: 'palabre-parsed-words',
    apply: 'build',
    enforce: 'pre',
    config: () => ({
      resolve: { alias: [{ find: /^vue-i18n$/, replacement: 'vue-i18n/dist/vue-i18n.runtime.mjs' }] },
      define: { __INTLIFY_DROP_MESSAGE_COMPILER__: 'true' },
    }),
    transform: {
      filter: { id: /\/locales\/[a-z]+\.json$/ },
      handler(text) {
        const plain = 'const plain = (s) => ({ t: 0, b: { t: 2, s } })'
        return { code: `${plain}\nexport default ${codeOf(JSON.parse(text))}`, moduleType: 'js', map: null }
      },
    },
  }
}

/** The tree of words as code. A plain sentence is only wrapped; one with slots or forms becomes a parsed tree. */
function codeOf(words: unknown): string {
  if (typeof words === 'object' && words !== null) {
    const entries = Object.entries(words).map(([key, value]) => `${JSON.stringify(key)}: ${codeOf(value)}`)
    return `{ ${entries.join(', ')} }`
  }
  const sentence = String(words)
  if (!/[{}|@]/.test(sentence)) return `plain(${JSON.stringify(sentence)})`
  const { ast } = baseCompile(sentence, { jit: true, minify: true, mangle: true, location: false })
  return JSON.stringify(ast)
}

const engineTransports = /\/engine\.io-client\/build\/esm\/transports\/index\.js$/
/** Named by engine.io's own door too, so that they would stay although nothing opens them. */
const otherTransports =
  /\/engine\.io-client\/build\/esm\/transports\/(polling(-fetch|-xhr)?|webtransport)\.js$/
const wordsRuntime = /\/vue-i18n\/dist\/vue-i18n\.runtime\.mjs$/
const wordsCore = /\/@intlify\/core-base\/dist\/core-base\.mjs$/
/** Of vue-i18n: dates and numbers, which are formatted without it, and a directive. By the file that has them. */
const unusedWords = {
  core: [
    'datetime',
    'number',
    'parseDateTimeArgs',
    'parseNumberArgs',
    'clearDateTimeFormat',
    'clearNumberFormat',
  ],
  runtime: ['vTDirective'],
}
const protocolTables = /\/packages\/protocol\/src\/[a-z-]+\.ts$/
/** What an operation is for, in words: the API's page shows it. */
const summaries = /^ {2}summary:\s+'[^'\n]*',$/gm
const issueSentences = /\/zod\/v4\/locales\/en\.js$/
const schemaWriters = /\/zod\/v4\/core\/(to-json-schema|json-schema-processors)\.js$/

/**
 * Leaves out what no browser of ours runs: zod's writers of JSON Schema and the summaries of operations (the server's,
 * for OpenAPI), zod's English sentences (ours are in the locales), and engine.io's transports other than WebSocket, the
 * only one the engine asks for.
 */
export function withoutUnused(): Plugin {
  return {
    name: 'palabre-without-unused',
    apply: 'build',
    enforce: 'pre',
    transform: {
      filter: {
        id: [
          schemaWriters,
          issueSentences,
          engineTransports,
          otherTransports,
          wordsRuntime,
          wordsCore,
          protocolTables,
        ],
      },
      handler(code, id) {
        // It looks one function up by name, which would keep the whole of Vue.
        if (wordsRuntime.test(id)) {
          const named =
            "import { getCurrentInstance as theCurrentInstance } from 'vue'\nconst Vue = { getCurrentInstance: theCurrentInstance }"
          const lean = withoutBodies(code, unusedWords.runtime)
          return { code: lean.replace("import * as Vue from 'vue';", named), map: null }
        }
        if (wordsCore.test(id)) return { code: withoutBodies(code, unusedWords.core), map: null }
        if (protocolTables.test(id)) return { code: code.replace(summaries, "  summary: '',"), map: null }
        if (issueSentences.test(id)) return { code: 'export default () => ({})', map: null }
        if (engineTransports.test(id)) {
          return {
            code: "import { WS } from './websocket.js'\nexport const transports = { websocket: WS }",
            map: null,
          }
        }
        const names = new Set(
          [...code.matchAll(/export (?:async )?(?:function|const|class) (\w+)/g)].map((match) => match[1]),
        )
        for (const [, list] of code.matchAll(/export \{([^}]*)\}/g)) {
          for (const item of list?.split(',') ?? [])
            names.add(
              item
                .trim()
                .split(/\s+as\s+/)
                .at(-1),
            )
        }
        names.delete('')
        const stubs = [...names].map((name) => `export const ${String(name)} = () => undefined`)
        return { code: stubs.join('\n'), map: null }
      },
    },
  }
}

/** The routes of all operations as data: computing them would bring every schema. */
export function bareRoutes(): Plugin {
  return {
    name: 'palabre-bare-routes',
    apply: 'build',
    enforce: 'pre',
    transform: {
      filter: { id: /\/packages\/protocol\/src\/table\/(rare-)?routes\.ts$/ },
      handler: (_code, id) => ({
        code: id.endsWith('/rare-routes.ts')
          ? `export const rareRoutes = ${JSON.stringify(rareRoutes)}`
          : `export const routes = ${JSON.stringify(routes)}`,
        moduleType: 'js',
        map: null,
      }),
    },
  }
}

/** The same code with these top-level functions doing nothing. */
function withoutBodies(code: string, names: readonly string[]): string {
  return names.reduce((left, name) => {
    const whole = new RegExp(`^function ${name}\\([\\s\\S]*?^}`, 'm')
    if (!whole.test(left)) throw new Error(`no function ${name} to leave out`)
    return left.replace(whole, `function ${name}() {}`)
  }, code)
}
