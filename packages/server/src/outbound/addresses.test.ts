// Which addresses are connected to on a stranger's word. What the whole server answers to push services that are not
// allowed is in tests/integration/push.test.ts.
import { expect, test } from 'vitest'
import { guardedLookup, isPublicAddress } from './addresses.ts'

test('[SEC-20] only what the whole world reaches by that address is connected to', () => {
  const inner = [
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '172.31.255.255'],
    ...['192.168.1.1', '192.0.0.8', '192.0.2.1', '198.18.0.1', '203.0.113.7', '224.0.0.1', '255.255.255.255'],
    ...[
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '64:ff9b::7f00:1',
      'fe80::1',
      'fc00::1',
      'fd12::1',
    ],
    ...['ff02::1', '2001::1', '2001:db8::1', '2002:7f00:1::', 'localhost', '', '127.1'],
  ]
  for (const address of inner) expect(isPublicAddress(address), address).toBe(false)
  for (const address of ['8.8.8.8', '142.250.1.188', '172.32.0.1', '2a00:1450:4001:82a::200e'])
    expect(isPublicAddress(address), address).toBe(true)
})

test('[SEC-20] a name that leads inside is not connected to, whichever way one asks', async () => {
  for (const all of [true, false]) {
    const refused = await new Promise<Error | null>((done) =>
      guardedLookup(isPublicAddress)('localhost', { all }, done),
    )
    expect(refused?.message).toBe('the host is not on the internet')
  }
})
