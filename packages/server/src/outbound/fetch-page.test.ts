// The guarded fetch against a server of the test's own, and against everything that it must not reach.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fetchPage } from './fetch-page.ts'

let server: Server
let origin = ''
let port = 0
const asked: { url: string; headers: NodeJS.Dict<string | string[]> }[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = request.url ?? ''
    asked.push({ url, headers: request.headers })
    const html = (more = {}) => response.writeHead(200, { 'content-type': 'text/html', ...more })
    const [, what, value = ''] = /^\/(\w+)\??(.*)$/.exec(url) ?? []
    if (what === 'page') html().end('<title>Here</title>')
    else if (what === 'to') response.writeHead(302, { location: decodeURIComponent(value) }).end()
    else if (what === 'chain')
      response.writeHead(302, { location: value === '0' ? '/page' : `/chain?${Number(value) - 1}` }).end()
    else if (what === 'json') html({ 'content-type': 'application/json' }).end('{}')
    else if (what === 'packed') html({ 'content-encoding': 'gzip' }).end('x')
    else if (what === 'latin')
      html({ 'content-type': 'text/html; charset=iso-8859-1' }).end('\xe9t\xe9', 'latin1')
    else if (what === 'silent') html().write('<title>')
    else if (what === 'endless') {
      html()
      const more = () => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', more)
      }
      more()
    } else response.writeHead(404).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  port = (server.address() as AddressInfo).port
  origin = `http://127.0.0.1:${port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** What the test's own server is reached with, and nothing else. */
const isOpen = (address: string, at: number) => address === '127.0.0.1' && at === port
const get = (path: string) => fetchPage(path.startsWith('/') ? origin + path : path, { isOpen })

test('[SEC-20] a page is fetched with nothing of this server or of the person', async () => {
  asked.length = 0
  expect(await get('/page#part')).toEqual({ url: `${origin}/page`, html: '<title>Here</title>' })
  const { url, headers } = asked[0] ?? { url: '', headers: {} }
  expect(url).toBe('/page')
  expect(Object.keys(headers).sort()).toEqual([
    'accept',
    'accept-encoding',
    'connection',
    'host',
    'user-agent',
  ])
  expect((await get('/latin'))?.html).toBe('été')
})

test('[SEC-20] only so many redirects are followed, each looked at', async () => {
  expect((await get('/chain?2'))?.url).toBe(`${origin}/page`)
  expect(await get('/chain?3')).toBeNull()
  asked.length = 0
  for (const place of [
    `http://localhost:${port + 1}/page`,
    `http://[::1]:${port}/page`,
    `http://127.0.0.2:${port}/page`,
    'file:///etc/passwd',
    `http://me:secret@127.0.0.1:${port}/page`,
    'http://169.254.169.254/latest/meta-data',
    'http://',
  ])
    expect(await get(`/to?${encodeURIComponent(place)}`), place).toBeNull()
  expect(asked.filter(({ url }) => url.startsWith('/page'))).toEqual([])
})

test('[SEC-20] what is no page, is packed, or has no end is not taken in', async () => {
  for (const path of ['/json', '/packed', '/missing']) expect(await get(path), path).toBeNull()
  expect((await get('/endless'))?.html.length).toBe(512 * 1_024)
  expect(await fetchPage(`${origin}/silent`, { isOpen, withinMs: 50 })).toBeNull()
})

test('[SEC-20] nothing of this machine or its network is asked, however it is written', async () => {
  asked.length = 0
  for (const host of [
    ...['127.0.0.1', 'localhost', '0177.0.0.1', '0x7f.1', '2130706433', '１２７.0.0.1', '0.0.0.0', '127.1'],
    ...['[::1]', '[::ffff:127.0.0.1]', '[64:ff9b::7f00:1]', '[fe80::1]', '[fd00:ec2::254]', '10.0.0.1'],
    ...['100.64.0.1', '224.0.0.1', '169.254.169.254'],
  ])
    for (const at of ['', `:${port}`]) expect(await fetchPage(`http://${host}${at}/page`), host).toBeNull()
  // A machine of the internet, but another of its doors; nobody is asked, so this needs no network.
  for (const place of [
    'http://8.8.8.8:22/',
    'gopher://8.8.8.8/',
    'http://u@8.8.8.8/',
    `http://8.8.8.8/${'a'.repeat(2_048)}`,
  ])
    expect(await fetchPage(place), place).toBeNull()
  expect(asked).toEqual([])
})

test('[SEC-20] a name is resolved once, and what was looked at is what is connected to', async () => {
  const answers = [['127.0.0.1'], ['127.0.0.2']]
  let looked = 0
  const found = await fetchPage(`http://rebinding.example:${port}/page`, {
    isOpen,
    look(_host, _options, done) {
      done(
        null,
        (answers[looked++] ?? []).map((address) => ({ address, family: 4 })),
      )
    },
  })
  expect(found?.html).toBe('<title>Here</title>')
  expect(looked).toBe(1)
  // The other way round: what leads inside is left out, also beside what does not.
  asked.length = 0
  const inner = await fetchPage(`http://rebinding.example:${port}/page`, {
    look: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
  })
  expect(inner).toBeNull()
  expect(asked).toEqual([])
})
