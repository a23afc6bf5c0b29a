// Which URLs of a store, a cluster or blobs the server takes, and whether the way there is safe: on this machine, or
// through TLS (SECURITY §4.9). It only reads text: nothing is connected to. A URL may hold a password, so nothing of
// it is ever part of a sentence.
import { isIP } from 'node:net'

/** What matters of a URL before anybody connects. */
export interface Endpoint {
  /** True when it does not leave this machine. */
  readonly isLocal: boolean
  /** True for TLS whose certificate is checked. */
  readonly isEncrypted: boolean
}

/** `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}

/** A connection string with the database's name in its path; several hosts are what `URL` cannot read. */
const mongoUrl =
  /^mongodb(?<srv>\+srv)?:\/\/(?:[^@/?#]+@)?(?<hosts>[^@/?#]+)\/(?<database>[\w-]{1,63})(?:\?(?<options>[^#]*))?$/

/** Reads `mongodb://user:password@host:27017,other/database?option=value`; null when it is not such a URL. */
export function mongoEndpoint(url: string): Endpoint | null {
  const { srv, hosts = '', options = '' } = mongoUrl.exec(url)?.groups ?? {}
  const names = hosts.split(',').map(hostOf)
  if (names.some((name) => name === null)) return null
  const given = optionsOf(options)
  const asked = given.get('tls') ?? given.get('ssl')
  const isTls = asked === undefined ? srv !== undefined : asked === 'true'
  const isUnchecked = ['tlsinsecure', 'tlsallowinvalidcertificates', 'tlsallowinvalidhostnames'].some(
    (name) => given.get(name) === 'true',
  )
  return {
    isLocal: srv === undefined && names.every((name) => name !== null && isHere(name)),
    isEncrypted: isTls && !isUnchecked,
  }
}

/** Reads `redis://:password@host:6379/0` or `rediss://…`; null when it is not such a URL. */
export function redisEndpoint(url: string): Endpoint | null {
  return readUrl(url, { plain: 'redis:', encrypted: 'rediss:', path: /^(\/\d{0,3})?$/ })
}

/** Reads `https://host:port` of S3-compatible storage; null when it is not such a URL. */
export function s3Endpoint(url: string): Endpoint | null {
  const endpoint = readUrl(url, { plain: 'http:', encrypted: 'https:', path: /^\/?$/ })
  return endpoint === null || new URL(url).username !== '' ? null : endpoint
}

function readUrl(url: string, is: { plain: string; encrypted: string; path: RegExp }): Endpoint | null {
  if (!URL.canParse(url)) return null
  const { protocol, hostname, pathname, search, hash } = new URL(url)
  if (protocol !== is.plain && protocol !== is.encrypted) return null
  if (hostname === '' || !is.path.test(pathname) || search !== '' || hash !== '') return null
  return { isLocal: isLoopbackHost(hostname), isEncrypted: protocol === is.encrypted }
}

/** The name of `host`, `host:port` or `[address]:port`, or the path of a socket's file; null for anything else. */
function hostOf(entry: string): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[\w.%-]+)(?::\d{1,5})?$/i.exec(entry)
  return match?.[1] ?? null
}

function isHere(host: string): boolean {
  return isLoopbackHost(host) || /^%2f/i.test(host)
}

/** Names in small letters, because the driver does not mind. */
function optionsOf(query: string): Map<string, string> {
  return new Map([...new URLSearchParams(query)].map(([name, value]) => [name.toLowerCase(), value]))
}
