import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfig } from './config.ts'
import { hashInvite } from './secrets.ts'
import { describeConfig } from './settings.ts'

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
    passwordCost: 'full',
    hasLongPolling: false,
    hasPerMessageDeflate: false,
    metrics: 'loopback',
    inviteHash: null,
    store: 'sqlite',
    mongodbUrl: null,
    redisUrl: null,
    s3: null,
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
  [{ STORE: 'postgres' }, /^STORE is not valid/],
  [{ STORE: 'mongo' }, /^STORE=mongo needs MONGODB_URL/],
  [{ STORE: 'sqlite', MONGODB_URL: 'mongodb://localhost/palabre' }, /contradict each other/],
  [{ MONGODB_URL: 'mongodb://localhost/palabre' }, /^MONGODB_URL and REDIS_URL need KEYS_DIR/],
  [{ REDIS_URL: 'redis://localhost' }, /^MONGODB_URL and REDIS_URL need KEYS_DIR/],
  [
    { MONGODB_URL: 'mongodb://db.example/palabre' },
    /^MONGODB_URL leads to another machine without checked TLS/,
  ],
  [{ REDIS_URL: 'redis://10.0.0.7:6379' }, /^REDIS_URL leads to another machine without checked TLS/],
  [{ REDIS_URL: 'redis://10.0.0.7', ALLOW_PLAINTEXT_STORE: 'yes' }, /^ALLOW_PLAINTEXT_STORE is not valid/],
  [{ S3_ENDPOINT: 'https://s3.example' }, /^S3_ENDPOINT is given, but S3_BUCKET is not/],
  [{ S3_BUCKET: 'media' }, /^S3_BUCKET needs S3_ACCESS_KEY_ID/],
  [{ S3_BUCKET: 'media', S3_ACCESS_KEY_ID: 'a' }, /^S3_BUCKET needs S3_SECRET_ACCESS_KEY/],
  [{ S3_BUCKET: 'Media' }, /^S3_BUCKET is not valid/],
  [{ PER_MESSAGE_DEFLATE: 'yes' }, /^PER_MESSAGE_DEFLATE is not valid/],
  [{ NODES: '2' }, /^NODES=2 cannot be with SQLite, which belongs to one process: leave it out, /],
  [{ NODES: 'auto' }, /^NODES=auto cannot be with SQLite/],
  [{ NODES: '0' }, /^NODES is not valid/],
  [
    { NODES: '2', MONGODB_URL: 'mongodb://localhost/palabre', KEYS_DIR: 'keys' },
    /^NODES=2 is not how nodes are started: start as many servers as you like, /,
  ],
  [{ REGISTRATION: 'maybe' }, /^REGISTRATION is not valid/],
  [{ PUBLIC_URL: 'chat.example' }, /^PUBLIC_URL is not valid/],
  [{ PUBLIC_URL: 'https://chat.example/path' }, /^PUBLIC_URL is not valid/],
  [{ ALLOWED_ORIGINS: 'https://a.example,null' }, /^ALLOWED_ORIGINS is not valid/],
  [{ ALLOWED_ORIGINS: 'https://*.example' }, /^ALLOWED_ORIGINS is not valid/],
  [{ TRUSTED_PROXIES: 'everyone' }, /^TRUSTED_PROXIES is not valid/],
  [{ ACCESS_TOKEN_SECONDS: '0' }, /^ACCESS_TOKEN_SECONDS is not valid/],
  [{ ACCESS_TOKEN_SECONDS: '901' }, /^ACCESS_TOKEN_SECONDS is not valid/],
  [{ HOST: '0.0.0.0', ACCESS_TOKEN_SECONDS: '20' }, /^ACCESS_TOKEN_SECONDS is only for a server on loopback/],
  [{ HOST: '0.0.0.0', PASSWORD_COST: 'light' }, /^PASSWORD_COST=light is only for a server on loopback/],
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
    PER_MESSAGE_DEFLATE: 'on',
  })
  expect(config).toMatchObject({
    publicUrl: 'https://chat.example',
    isPublicUrlGiven: true,
    allowedOrigins: ['https://a.example', 'http://localhost:5173'],
    trustedProxies: ['loopback', '10.0.0.0/8'],
    hasRateLimits: false,
    accessTokenMs: 20_000,
    hasLongPolling: true,
    hasPerMessageDeflate: true,
  })
})

test('a store, a cluster and a bucket elsewhere are read, and MONGODB_URL alone chooses the store', () => {
  const given = {
    MONGODB_URL: 'mongodb://ann:pw@one.example,two.example:27018/palabre?replicaSet=rs0&tls=true',
    REDIS_URL: 'rediss://:pw@redis.example:6380',
    KEYS_DIR: join(dataDir, 'shared'),
    S3_ENDPOINT: 'https://s3.example:9000',
    S3_BUCKET: 'media',
    S3_ACCESS_KEY_ID: 'id',
    S3_SECRET_ACCESS_KEY: 'secret',
    S3_PREFIX: 'palabre/',
  }
  expect(load(given)).toMatchObject({
    store: 'mongo',
    mongodbUrl: given.MONGODB_URL,
    redisUrl: given.REDIS_URL,
    s3: {
      endpoint: given.S3_ENDPOINT,
      region: 'us-east-1',
      bucket: 'media',
      accessKeyId: 'id',
      secretAccessKey: 'secret',
      prefix: 'palabre/',
    },
  })
})

test('[SEC-28] what is wrong with a variable that holds a password is said without it', () => {
  const canary = 'canary77'
  const wrong = [
    { MONGODB_URL: `mongodb://ann:${canary}@db.example` },
    { MONGODB_URL: `mongodb://ann:${canary}@db.example/palabre` },
    { MONGODB_URL: `mongo://ann:${canary}@db.example/palabre?tls=true` },
    { MONGODB_URL: `mongodb://ann:${canary}@localhost/palabre` },
    { STORE: 'sqlite', MONGODB_URL: `mongodb://ann:${canary}@localhost/palabre` },
    { REDIS_URL: `redis://:${canary}@redis.example` },
    { REDIS_URL: `http://:${canary}@redis.example` },
    { S3_ENDPOINT: `https://id:${canary}@s3.example`, S3_BUCKET: 'media' },
    { S3_BUCKET: 'media', S3_SECRET_ACCESS_KEY: canary },
    { S3_BUCKET: 'media', S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: canary.repeat(200) },
  ]
  for (const env of wrong) {
    let said = ''
    try {
      load(env)
    } catch (error) {
      said = String(error)
    }
    expect(said).toMatch(/^Error: [A-Z]\S+ .*\.$/)
    expect(said).not.toContain(canary)
  }
})

test('[SEC-28] a secret may be in a file instead, but not in both', () => {
  const file = join(dataDir, 'redis-url')
  writeFileSync(file, 'redis://:canary77@localhost:6379\n')
  const env = { KEYS_DIR: join(dataDir, 'keys'), REDIS_URL_FILE: file }
  expect(load(env).redisUrl).toBe('redis://:canary77@localhost:6379')
  expect(() => load({ ...env, REDIS_URL: 'redis://localhost' })).toThrow(
    /^REDIS_URL and REDIS_URL_FILE are both/,
  )
  expect(() => load({ REDIS_URL_FILE: join(dataDir, 'none') })).toThrow(/^REDIS_URL_FILE names a file/)
  writeFileSync(file, 'redis//:canary77@localhost')
  expect(() => load(env)).toThrow(/^REDIS_URL is not valid \(is not a URL such as [^ ]+\)\. [^7]*$/)
})

test('keys that nodes share are in KEYS_DIR, and the invite code with them', () => {
  const shared = join(dataDir, 'shared')
  const node = (name: string) =>
    load({ HOST: '0.0.0.0', DATA_DIR: join(dataDir, name), KEYS_DIR: shared, REDIS_URL: 'redis://localhost' })
  const [one, two] = [node('one'), node('two')]
  expect(two.tokenKeys).toEqual(one.tokenKeys)
  expect(two.inviteHash).toEqual(one.inviteHash)
  expect(one.invitePath).toBe(join(shared, 'invite-code'))
  expect(existsSync(join(dataDir, 'one', 'keys'))).toBe(false)
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
  for (const line of lines) expect(line).toMatch(/^ {2}[A-Z][A-Z0-9_]+ +\S.*\.$/)
})
