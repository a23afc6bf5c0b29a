// Where a request comes from: only named proxies are believed about it, over HTTP and socket alike, and an
// IPv6 address stands for its /64, which one household or server has to itself (SECURITY §4.6).
import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import proxyAddr from 'proxy-addr'
import { isLoopbackHost } from '../endpoints.ts'

/** Decides whether an address is a proxy whose headers are believed; Express' `trust proxy` takes it too. */
export type TrustProxy = (address: string, hop: number) => boolean

export function trustOf(trustedProxies: readonly string[]): TrustProxy {
  return trustedProxies.length === 0 ? () => false : proxyAddr.compile([...trustedProxies])
}

/** The caller's address; never throws. */
export function addressOf(request: IncomingMessage, trust: TrustProxy): string {
  try {
    return truncated(proxyAddr(request, trust))
  } catch {
    return 'unknown'
  }
}

/** IPv4 as it is, also when mapped into IPv6; of IPv6 the first 64 bits. */
export function truncated(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups =
    tail === undefined
      ? left
      : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}

/** True for a caller on this machine with no proxy in between. */
export function isFromThisMachine(request: IncomingMessage, trust: TrustProxy): boolean {
  const remote = request.socket.remoteAddress ?? ''
  if (request.headers['x-forwarded-for'] !== undefined && !trust(remote, 0)) return false
  try {
    return isLoopbackHost(proxyAddr(request, trust).replace(/^::ffff:/i, ''))
  } catch {
    return false
  }
}

/** True when the browser's connection is encrypted, here or at a trusted proxy. */
export function isEncrypted(request: IncomingMessage, trust: TrustProxy): boolean {
  if ('encrypted' in request.socket && request.socket.encrypted === true) return true
  const forwarded = request.headers['x-forwarded-proto']
  if (typeof forwarded !== 'string' || !trust(request.socket.remoteAddress ?? '', 0)) return false
  return forwarded.split(',')[0]?.trim() === 'https'
}
