// The built web app: files named by their contents are kept for ever, everything else is asked for again,
// and any page address answers with the one page, which carries the name of this server.
// Not built: the API works all the same.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PalabreError } from '@palabre/protocol'
import express, { type Request, type Response, type Router } from 'express'

const forEver = 'public, max-age=31536000, immutable'
const askAgain = 'no-cache'
/** Icons and fonts: not named by their contents, seldom changed. */
const aDay = 'public, max-age=86400'

/** Where the page waits for the name, and for whether everybody here may find everybody. */
const nameless = '<meta name="palabre-server-name" content=""'
const placeless = '<meta name="palabre-directory" content=""'

export function createWebApp(webDir: string, serverName: string, directory = 'open'): Router {
  const router = express.Router({ caseSensitive: true })
  const page = join(webDir, 'index.html')
  const placed = placeless.replace('""', `"${directory}"`)
  const named = nameless.replace('""', `"${escapeAttribute(serverName)}"`)

  // Before the files: the service worker keeps this one, and it must be the same page.
  router.get('/index.html', async (_request, response, next) => {
    if (existsSync(page)) await writePage(response)
    else next()
  })

  router.use(
    express.static(webDir, {
      index: false,
      redirect: false,
      dotfiles: 'ignore',
      cacheControl: false,
      setHeaders(response, path) {
        response.setHeader('Cache-Control', cachingOf(path.slice(webDir.length).replaceAll('\\', '/')))
      },
    }),
  )
  router.get('/*path', sendPage)
  router.get('/', sendPage)
  router.use(() => {
    throw new PalabreError('NOT_FOUND')
  })

  async function sendPage(request: Request, response: Response) {
    if (!isNavigation(request) || !existsSync(page)) throw new PalabreError('NOT_FOUND')
    await writePage(response)
  }

  /** Read each time: it is small, and a new build needs no restart. */
  async function writePage(response: Response) {
    const html = await readFile(page, 'utf8')
    response.set('Cache-Control', askAgain).type('html')
    response.send(html.replace(nameless, () => named).replace(placeless, placed))
  }
  return router
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}

/** By the path inside the build. */
export function cachingOf(path: string): string {
  if (path.startsWith('/assets/')) return forEver
  return /\.(png|svg|ico|woff2)$/.test(path) ? aDay : askAgain
}

/** A browser that goes to an address, as opposed to a page that asks for a file that is missing. */
function isNavigation(request: Request): boolean {
  const mode = request.headers['sec-fetch-mode']
  return (
    (mode === undefined || mode === 'navigate') && request.accepts('html') !== false && wantsHtml(request)
  )
}

function wantsHtml(request: Request): boolean {
  return /text\/html|application\/xhtml\+xml/.test(request.headers.accept ?? '')
}
