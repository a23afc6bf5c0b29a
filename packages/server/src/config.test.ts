import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeConfig, loadConfig } from './config.ts'
import { hashInvite } from './secrets.ts'

let dataDir = ''
beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'palabre-config-'))))
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const load = (env: Record<string, string> = {}) => loadConfig({ DATA_DIR: dataDir, ...env })

test('without any variable the server is on loopback, open, with limits', () => {
  expect(load()).toMatchObject({
    port: 3000,
    host: '127.0.0.1',
    isLoopback: true,
    publicUrl: 'http://127.0.0.1:3000',
    isPublicUrlGiven: false,
    registration: 'open',
    directory: 'open',
    serverName: 'Palabre',
    hasRateLimits: true,
    hasLongPolling: false,
    metrics: 'loopback',
    inviteHash: null,
  })
})

test('[SEC-30] a server that others reach asks for an invite, whose code is in a file of its own', () => {
  const config = load({ HOST: '0.0.0.0' })
  expect(config.registration).toBe('invite')
  const path = config.invitePath ?? ''
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const code = readFileSync(path, 'utf8').trim()
  expect(code.length).toBeGreaterThanOrEqual(22)
  expect(config.inviteHash).toEqual(hashInvite(code))
  expect(load({ HOST: '0.0.0.0' }).inviteHash).toEqual(config.inviteHash)
  expect(load({ HOST: '0.0.0.0', REGISTRATION: 'open' }).inviteHash).toBeNull()
})

test.each([
  [{ PORT: 'http' }, /^PORT is not valid/],
  [{ PORT: '70000' }, /^PORT is not valid/],
  [{ STORE: 'mongo' }, /^STORE is not valid/],
  [{ REGISTRATION: 'maybe' }, /^REGISTRATION is not valid/],
  [{ PUBLIC_URL: 'chat.example' }, /^PUBLIC_URL is not valid/],
  [{ PUBLIC_URL: 'https://chat.example/path' }, /^PUBLIC_URL is not valid/],
  [{ ALLOWED_ORIGINS: 'https://a.example,null' }, /^ALLOWED_ORIGINS is not valid/],
  [{ ALLOWED_ORIGINS: 'https://*.example' }, /^ALLOWED_ORIGINS is not valid/],
  [{ TRUSTED_PROXIES: 'everyone' }, /^TRUSTED_PROXIES is not valid/],
  [{ ACCESS_TOKEN_SECONDS: '0' }, /^ACCESS_TOKEN_SECONDS is not valid/],
  [{ ACCESS_TOKEN_SECONDS: '901' }, /^ACCESS_TOKEN_SECONDS is not valid/],
  [{ HOST: '0.0.0.0', ACCESS_TOKEN_SECONDS: '20' }, /^ACCESS_TOKEN_SECONDS is only for a server on loopback/],
  [{ HOST: '0.0.0.0', RATE_LIMITS: 'off' }, /^RATE_LIMITS=off is only for a server on loopback/],
])('%j is refused in one sentence', (env, sentence) => {
  expect(() => load(env)).toThrow(sentence)
})

test('lists, origins and switches are read', () => {
  const config = load({
    PUBLIC_URL: 'https://chat.example',
    ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173',
    TRUSTED_PROXIES: 'loopback,10.0.0.0/8',
    RATE_LIMITS: 'off',
    ACCESS_TOKEN_SECONDS: '20',
    LONG_POLLING: 'on',
  })
  expect(config).toMatchObject({
    publicUrl: 'https://chat.example',
    isPublicUrlGiven: true,
    allowedOrigins: ['https://a.example', 'http://localhost:5173'],
    trustedProxies: ['loopback', '10.0.0.0/8'],
    hasRateLimits: false,
    accessTokenMs: 20_000,
    hasLongPolling: true,
  })
})

test('keys are made once, are long, and are nobody else’s to read', () => {
  const first = load()
  const again = load()
  expect(again.tokenKeys).toEqual(first.tokenKeys)
  expect(again.refreshKey).toEqual(first.refreshKey)
  expect(again.vapid).toEqual(first.vapid)
  expect(first.tokenKeys[0]?.key).toHaveLength(32)
  expect(Buffer.from(first.vapid.publicKey, 'base64url')).toHaveLength(65)
  for (const file of ['token-keys.json', 'refresh.key', 'vapid.json']) {
    expect(statSync(join(dataDir, 'keys', file)).mode & 0o777).toBe(0o600)
  }
})

test('a short or unreadable key is refused', () => {
  load()
  writeFileSync(join(dataDir, 'keys', 'token-keys.json'), JSON.stringify([{ kid: 'a', key: 'c2hvcnQ' }]))
  expect(() => load()).toThrow(/too short/)
  writeFileSync(join(dataDir, 'keys', 'token-keys.json'), '{')
  expect(() => load()).toThrow(/not what this server wrote/)
})

test('the help names every variable on a line of its own', () => {
  const lines = describeConfig().split('\n')
  expect(lines.length).toBeGreaterThan(10)
  for (const line of lines) expect(line).toMatch(/^ {2}[A-Z_]+ +\S.*\.$/)
})
