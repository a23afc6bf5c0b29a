// Where a device was last renewed from, for its owner to recognise: the network, never the whole address
// (SECURITY §5.5). Pure.
import { isIP } from 'node:net'

/** `203.0.113.x` or the first 48 bits of IPv6; empty for what is no address. */
export function placeOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/iu, '').replace(/\/\d+$/u, '')
  if (isIP(plain) === 4) return `${plain.split('.').slice(0, 3).join('.')}.x`
  if (isIP(plain) !== 6) return ''
  const [head = '', tail] = plain.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : 8 - before.length - after.length
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  return `${groups
    .slice(0, 3)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/u, ''))
    .join(':')}::`
}
