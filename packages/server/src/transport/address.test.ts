import { expect, test } from 'vitest'
import { addressOf, isFromThisMachine, trustOf, truncated } from './address.ts'
import type { IncomingMessage } from 'node:http'

function request(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  return { socket: { remoteAddress }, connection: { remoteAddress }, headers } as unknown as IncomingMessage
}

test('IPv6 stands for its /64, IPv4 for itself', () => {
  expect(truncated('192.0.2.7')).toBe('192.0.2.7')
  expect(truncated('::ffff:192.0.2.7')).toBe('192.0.2.7')
  expect(truncated('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
  expect(truncated('2001:0db8::9')).toBe('2001:db8:0:0::/64')
  expect(truncated('::1')).toBe('0:0:0:0::/64')
  expect(truncated('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
})

test('a forwarded address is believed only from a named proxy', () => {
  const spoofed = request('192.0.2.7', { 'x-forwarded-for': '198.51.100.1' })
  expect(addressOf(spoofed, trustOf([]))).toBe('192.0.2.7')
  expect(addressOf(spoofed, trustOf(['203.0.113.0/24']))).toBe('192.0.2.7')
  expect(addressOf(spoofed, trustOf(['192.0.2.0/24']))).toBe('198.51.100.1')
})

test('behind an unnamed local proxy nobody counts as being on this machine', () => {
  expect(isFromThisMachine(request('127.0.0.1'), trustOf([]))).toBe(true)
  expect(isFromThisMachine(request('::ffff:127.0.0.1'), trustOf([]))).toBe(true)
  expect(isFromThisMachine(request('127.0.0.1', { 'x-forwarded-for': '198.51.100.1' }), trustOf([]))).toBe(
    false,
  )
  expect(
    isFromThisMachine(request('127.0.0.1', { 'x-forwarded-for': '198.51.100.1' }), trustOf(['loopback'])),
  ).toBe(false)
  expect(isFromThisMachine(request('192.0.2.7'), trustOf([]))).toBe(false)
})
