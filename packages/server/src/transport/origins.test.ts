import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { trustOf } from './address.ts'
import { createOrigins } from './origins.ts'

const trust = trustOf([])
const given = createOrigins(
  { publicUrl: 'https://chat.example', isPublicUrlGiven: true, allowedOrigins: ['https://app.example'] },
  trust,
)
const derived = createOrigins(
  { publicUrl: 'http://127.0.0.1:0', isPublicUrlGiven: false, allowedOrigins: [] },
  trust,
)

function from(headers: Record<string, string>): IncomingMessage {
  return { headers, socket: { remoteAddress: '192.0.2.7' } } as unknown as IncomingMessage
}

test('[SEC-4] only the server’s own pages and named ones may connect', () => {
  expect(given.isAllowed(from({ origin: 'https://chat.example' }))).toBe(true)
  expect(given.isAllowed(from({ origin: 'https://app.example' }))).toBe(true)
  expect(given.isAllowed(from({}))).toBe(true)
  for (const origin of [
    'https://evil.example',
    'null',
    'http://chat.example',
    'https://chat.example.evil',
    'file://',
  ]) {
    expect(given.isAllowed(from({ origin, host: 'chat.example' })), origin).toBe(false)
  }
})

test('[SEC-4] without PUBLIC_URL the page’s origin is the host that it asked, port included', () => {
  expect(derived.isAllowed(from({ origin: 'http://localhost:3000', host: 'localhost:3000' }))).toBe(true)
  expect(derived.isAllowed(from({ origin: 'http://localhost:4000', host: 'localhost:3000' }))).toBe(false)
  expect(derived.isAllowed(from({ origin: 'https://localhost:3000', host: 'localhost:3000' }))).toBe(false)
})

test('[SEC-3] another site’s page is refused where cookies count', () => {
  expect(given.isSameSite(from({ origin: 'https://evil.example' }))).toBe(false)
  expect(given.isSameSite(from({ 'sec-fetch-site': 'cross-site' }))).toBe(false)
  expect(given.isSameSite(from({ 'sec-fetch-site': 'same-site' }))).toBe(false)
  expect(given.isSameSite(from({ 'sec-fetch-site': 'same-origin', origin: 'https://chat.example' }))).toBe(
    true,
  )
  expect(given.isSameSite(from({}))).toBe(true)
})
