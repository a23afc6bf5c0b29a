// Which push services this server sends to (SEC-20, SEC-21). The address of a subscription is a stranger's word: it must
// be one of the services that browsers use, over https on its usual port, or one that the operator names. And where it
// leads is looked at when the connection is made: never to a machine of this network.
import { BlockList, isIP } from 'node:net'
import { lookup, type LookupAddress, type LookupOptions } from 'node:dns'

/** Of Chrome and those made from it, Firefox, Safari, Edge. A dot first: any host below it. */
const makers = ['fcm.googleapis.com', '.push.services.mozilla.com', '.push.apple.com', '.notify.windows.com']

/** How long a push service has to answer is `webpush.ts`'s; what no push service is reached by is here. */
const inner = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  inner.addSubnet(net, bits, 'ipv4')
/** Of IPv6 only what is routed in the world, without the ways into IPv4 and documentation. */
const world = new BlockList()
world.addSubnet('2000::', 3, 'ipv6')
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  inner.addSubnet(net, bits, 'ipv6')

/** True for an address that anybody in the world would reach the same machine by. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !inner.check(address, 'ipv4')
  return family === 6 && world.check(address, 'ipv6') && !inner.check(address, 'ipv6')
}

export type PushService = 'maker' | 'operator' | null

/** Who vouches for the service that takes this endpoint; null: nobody. */
export function serviceOf(endpoint: string, operators: readonly string[]): PushService {
  if (!URL.canParse(endpoint)) return null
  const url = new URL(endpoint)
  if (url.username !== '' || url.password !== '') return null
  if (operators.includes(url.origin)) return 'operator'
  if (url.protocol !== 'https:' || url.port !== '') return null
  const isMade = makers.some((host) =>
    host.startsWith('.') ? url.hostname.endsWith(host) : url.hostname === host,
  )
  return isMade ? 'maker' : null
}

type Resolved = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void

/** In place of `dns.lookup`: answers public addresses alone. What it answers is what is connected to. */
export function lookupPublic(hostname: string, options: LookupOptions, done: Resolved): void {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return done(error, [])
    const open = found.filter(({ address }) => isPublicAddress(address))
    const [first] = open
    if (first === undefined) return done(new Error('the push service is not on the internet'), [])
    if (options.all === true) done(null, open)
    else done(null, first.address, first.family)
  })
}
