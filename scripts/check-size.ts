/**
 * What a browser fetches before the first conversation shows: at most 150 kB of script, compressed.
 * Counted on the built app: the entry, all that it imports statically, the larger language, the socket
 * library, and the lazy pieces without which no conversation shows. What comes later (settings, pickers, sign-in) is not counted.
 */
import { gzipSync } from 'node:zlib'
import { isThere, readText } from './tree.ts'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './tree.ts'

const budgetBytes = 150_000
const dist = 'packages/web/dist'
/** Lazy pieces by the name of what they are made from, as far as a first conversation needs them. */
const neededAtFirst =
  /^(AppShell|Conversation(View|Page|Pane|Panel|Screen)?|MessageList|MessageComposer|Timeline\w*)-/
const language = /^(en|fr)-/
/** The socket library, by a word of its own: without it nothing comes that is not cached. */
const socketLibrary = 'CONNECT_ERROR'

export function checkSize(): string[] {
  if (!isThere(`${dist}/index.html`)) return ['the web app is not built']
  const page = readText(`${dist}/index.html`)
  const entries = [...page.matchAll(/(?:src|href)="\/?(assets\/[^"]+\.js)"/g)].map(([, path = '']) => path)
  if (entries.length === 0) return [`${dist}/index.html loads no script`]

  const files = readdirSync(join(root, dist, 'assets')).filter((name) => name.endsWith('.js'))
  const loaded = new Set<string>()
  const load = (path: string): void => {
    if (loaded.has(path)) return
    loaded.add(path)
    for (const next of staticImports(path)) load(next)
  }
  for (const path of entries) load(path)
  for (const name of files) {
    const path = `assets/${name}`
    if (neededAtFirst.test(name) || readText(`${dist}/${path}`).includes(socketLibrary)) load(path)
  }
  const languages = files.filter((name) => language.test(name)).map((name) => `assets/${name}`)
  const largest = languages.sort((a, b) => sizeOf(b) - sizeOf(a))[0]
  if (largest !== undefined) load(largest)

  const sizes = [...loaded].map((path) => ({ path, bytes: sizeOf(path) })).sort((a, b) => b.bytes - a.bytes)
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  console.log(
    `    first load: ${(total / 1000).toFixed(1)} kB of script, compressed, in ${sizes.length} files`,
  )
  if (total <= budgetBytes) return []
  return [
    `${total} bytes of script before the first conversation; ${budgetBytes} at most`,
    ...sizes.map(({ path, bytes }) => `${bytes} ${path}`),
  ]
}

/** `import … from "./x.js"`, `export … from "./x.js"` and `import "./x.js"`; not `import("./x.js")`. */
function staticImports(path: string): string[] {
  const text = readText(`${dist}/${path}`)
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+\.js)["']/g)].map(
    ([, name = '']) => `assets/${name}`,
  )
}

function sizeOf(path: string): number {
  return gzipSync(readFileSync(join(root, dist, path))).length
}
