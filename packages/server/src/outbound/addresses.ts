// Which addresses this server connects to on a stranger's word (SEC-20): those of the internet, never those of a network
// of its own, of its cloud, or of itself. What was looked at is what is connected to: a name is never resolved twice.
import { lookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

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

/** What answers in place of `dns.lookup`. */
type Look = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void

/** A `lookup` for a connection: of what the name leads to, only what `isOpen`; an error when that is nothing. */
export function guardedLookup(isOpen: (address: string) => boolean, look: Look = lookup): LookupFunction {
  return (hostname, options, done) => {
    look(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, [])
      const open = found.filter(({ address }) => isOpen(address))
      const [first] = open
      if (first === undefined) return done(new Error('the host is not on the internet'), [])
      if (options.all === true) done(null, open)
      else done(null, first.address, first.family)
    })
  }
}
