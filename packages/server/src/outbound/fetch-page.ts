// Fetches a page that a person pointed at, for its preview (SEC-20). The address is a stranger's word, and so is every
// redirect: each is looked at anew, and only an address that was looked at is connected to. Nothing of this server or of
// the person goes with the request, and little is read.
import { request as askHttp, type IncomingMessage } from 'node:http'
import { request as askHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { guardedLookup, isPublicAddress } from './addresses.ts'

/** For everything together: names, connections, redirects, bytes. */
const wholeMs = 5_000
/** What a page's head is long enough in; the rest is not read. */
const pageBytes = 512 * 1_024
const redirects = 3
const urlLength = 2_048

export interface FetchOptions {
  /** Which machines may be asked. Only tests give another one: their own server is on loopback. */
  isOpen?: (address: string, port: number) => boolean
  /** In place of the system's resolver, for tests. */
  look?: Parameters<typeof guardedLookup>[1]
  /** For tests that do not want to wait. */
  withinMs?: number
}

export interface FetchedPage {
  /** After redirects. */
  url: string
  /** Its beginning: at most 512 KiB, cut anywhere. */
  html: string
}

/** Null when it is no page, is not to be asked for, or did not come in time. Never rejects. */
export async function fetchPage(address: string, options: FetchOptions = {}): Promise<FetchedPage | null> {
  const { isOpen = isOpenToAll, look, withinMs = wholeMs } = options
  const signal = AbortSignal.timeout(withinMs)
  try {
    let url = allowed(address, isOpen)
    for (let hop = 0; url !== null && hop <= redirects; hop++) {
      const port = portOf(url)
      const lookup = guardedLookup((found) => isOpen(found, port), look)
      const answer = await ask(url, lookup, signal)
      const { statusCode = 0, headers } = answer
      if (statusCode === 200) return await pageOf(url, answer, signal)
      answer.destroy()
      const isElsewhere = statusCode >= 300 && statusCode < 400 && headers.location !== undefined
      if (!isElsewhere || !URL.canParse(headers.location ?? '', url.href)) return null
      url = allowed(new URL(headers.location ?? '', url).href, isOpen)
    }
    return null
  } catch {
    return null
  }
}

function isOpenToAll(address: string, port: number): boolean {
  return (port === 80 || port === 443) && isPublicAddress(address)
}

/** The URL as it is asked for; null when it is not. */
function allowed(address: string, isOpen: (address: string, port: number) => boolean): URL | null {
  if (address.length > urlLength || !URL.canParse(address)) return null
  const url = new URL(address)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null
  if (url.username !== '' || url.password !== '') return null
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // No name is looked up for a number, so that `lookup` would not see it.
  if (isIP(host) !== 0 && !isOpen(host, portOf(url))) return null
  url.hash = ''
  return url
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
}

function ask(url: URL, lookup: LookupFunction, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((answer, reject) => {
    const sent = (url.protocol === 'https:' ? askHttps : askHttp)(
      url,
      {
        lookup,
        signal,
        // A connection of its own, for this one question.
        agent: false,
        headers: {
          'user-agent': 'Palabre (link preview)',
          accept: 'text/html,application/xhtml+xml',
          // What is packed could be small here and endless once opened.
          'accept-encoding': 'identity',
        },
      },
      answer,
    )
    sent.on('error', reject)
    sent.end()
  })
}

async function pageOf(url: URL, answer: IncomingMessage, signal: AbortSignal): Promise<FetchedPage | null> {
  const { 'content-type': type = '', 'content-encoding': packing = 'identity' } = answer.headers
  if (!/^(text\/html|application\/xhtml\+xml)\s*(;|$)/i.test(type) || packing !== 'identity') {
    answer.destroy()
    return null
  }
  const parts: Buffer[] = []
  let bytes = 0
  // Leaving the loop ends the connection.
  for await (const part of answer as AsyncIterable<Buffer>) {
    signal.throwIfAborted()
    parts.push(part)
    bytes += part.length
    if (bytes >= pageBytes) break
  }
  const page = Buffer.concat(parts).subarray(0, pageBytes)
  return { url: url.href, html: decode(page, type) }
}

/** By what the header says, else the page itself, else UTF-8. */
function decode(page: Buffer, type: string): string {
  const said = /charset\s*=\s*["']?([\w-]+)/i
  const label = said.exec(type)?.[1] ?? said.exec(page.toString('latin1', 0, 1_024))?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(label).decode(page)
  } catch {
    return new TextDecoder().decode(page)
  }
}
