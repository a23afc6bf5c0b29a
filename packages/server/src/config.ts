// What the environment asks for, as one value that holds together. What each variable means is in `settings.ts`; here
// is what follows from several of them. What is wrong is said in one sentence, before anything listens.
import { isIP } from 'node:net'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { limits } from '@palabre/protocol'
import { isLoopbackHost, mongoEndpoint, redisEndpoint, s3Endpoint, type Endpoint } from './endpoints.ts'
import { openSecrets, type Secrets } from './secrets.ts'
import { isGiven, read, type Env, type Value } from './settings.ts'

export interface S3Config {
  /** Null for AWS. */
  readonly endpoint: string | null
  readonly region: string
  readonly bucket: string
  readonly accessKeyId: string
  /** Never logged. */
  readonly secretAccessKey: string
  readonly prefix: string
}

export interface Config extends Secrets {
  readonly port: number
  readonly host: string
  /** True when nobody but this machine can reach the server. */
  readonly isLoopback: boolean
  /** An origin, without a slash at the end; the issuer of access tokens. */
  readonly publicUrl: string
  /** False when it was derived: then any host that reaches this server names it. */
  readonly isPublicUrlGiven: boolean
  /** Absolute. */
  readonly dataDir: string
  readonly store: Value<'STORE'>
  /** With its credentials: never logged. Null with SQLite. */
  readonly mongodbUrl: string | null
  /** With its credentials: never logged. Null for a server that stands alone. */
  readonly redisUrl: string | null
  /** PEM; undefined: the usual certificates. */
  readonly redisCa: string | undefined
  /** Null: what people send is kept in `dataDir`. */
  readonly s3: S3Config | null
  /** Absolute. */
  readonly uploadsDir: string
  readonly uploadMaxBytes: number
  readonly mediaQuotaBytes: number
  readonly mediaFreeBytes: number
  /** 0: messages stay. */
  readonly retentionDays: number
  /** How to object to what operators decide; empty: ask them. */
  readonly appeals: string
  readonly registration: Value<'REGISTRATION'>
  readonly directory: Value<'DIRECTORY'>
  readonly serverName: string
  /** Absolute. */
  readonly webDir: string
  readonly trustedProxies: readonly string[]
  readonly allowedOrigins: readonly string[]
  /** Origins that are trusted besides the usual push services. */
  readonly pushServices: readonly string[]
  readonly hasRateLimits: boolean
  readonly passwordCost: Value<'PASSWORD_COST'>
  readonly accessTokenMs: number
  readonly hasLongPolling: boolean
  readonly hasPerMessageDeflate: boolean
  readonly metrics: Value<'METRICS'>
  readonly logLevel: Value<'LOG_LEVEL'>
}

/**
 * Reads the environment and opens the keys (making them at the first start).
 * @throws Error with one sentence for the operator.
 */
export function loadConfig(env: Env): Config {
  const host = read(env, 'HOST', null)
  const isLoopback = isLoopbackHost(host)
  const port = read(env, 'PORT', null)
  const publicUrl = read(env, 'PUBLIC_URL', `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`)
  const registration = read(env, 'REGISTRATION', isLoopback ? 'open' : 'invite')
  const hasRateLimits = read(env, 'RATE_LIMITS', null)
  if (!hasRateLimits && !isLoopback) {
    throw new Error(
      'RATE_LIMITS=off is only for a server on loopback: set HOST=127.0.0.1, or leave the limits on.',
    )
  }
  const passwordCost = read(env, 'PASSWORD_COST', null)
  if (passwordCost !== 'full' && !isLoopback) {
    throw new Error('PASSWORD_COST=light is only for a server on loopback: leave it out.')
  }
  const accessTokenMs = read(env, 'ACCESS_TOKEN_SECONDS', null) * 1_000
  if (accessTokenMs !== limits.accessTokenMs && !isLoopback) {
    throw new Error('ACCESS_TOKEN_SECONDS is only for a server on loopback: leave it out.')
  }
  const place = locateStore(env)
  refuseSeveralNodes(read(env, 'NODES', null), place.store)
  const redisUrl = endpoint(env, 'REDIS_URL', redisEndpoint)
  return {
    port,
    host,
    isLoopback,
    publicUrl,
    isPublicUrlGiven: isGiven(env, 'PUBLIC_URL'),
    ...place,
    redisUrl,
    redisCa: isGiven(env, 'REDIS_CA_FILE') ? certificates(read(env, 'REDIS_CA_FILE', null)) : undefined,
    s3: readS3(env),
    uploadsDir: isGiven(env, 'UPLOADS_DIR')
      ? resolve(read(env, 'UPLOADS_DIR', null))
      : join(place.dataDir, 'uploads'),
    uploadMaxBytes: read(env, 'UPLOAD_MAX_BYTES', null),
    mediaQuotaBytes: read(env, 'MEDIA_QUOTA_BYTES', null),
    mediaFreeBytes: read(env, 'MEDIA_FREE_BYTES', null),
    retentionDays: read(env, 'RETENTION_DAYS', null),
    appeals: read(env, 'APPEALS', null),
    registration,
    directory: read(env, 'DIRECTORY', null),
    serverName: read(env, 'SERVER_NAME', null),
    webDir: resolve(read(env, 'WEB_DIR', fileURLToPath(new URL('../../web/dist', import.meta.url)))),
    trustedProxies: read(env, 'TRUSTED_PROXIES', null),
    allowedOrigins: read(env, 'ALLOWED_ORIGINS', null),
    pushServices: read(env, 'PUSH_SERVICES', null),
    hasRateLimits,
    passwordCost,
    accessTokenMs,
    hasLongPolling: read(env, 'LONG_POLLING', null),
    hasPerMessageDeflate: read(env, 'PER_MESSAGE_DEFLATE', null),
    metrics: read(env, 'METRICS', null),
    logLevel: read(env, 'LOG_LEVEL', null),
    ...openSecrets({
      ...keyPlace(env, place.dataDir, place.mongodbUrl ?? redisUrl),
      wantsInvite: registration === 'invite',
    }),
  }
}

/** Decision 0012. @throws Error with one sentence for the operator */
function refuseSeveralNodes(nodes: string, store: Config['store']) {
  if (nodes === '1') return
  throw new Error(
    store === 'sqlite'
      ? `NODES=${nodes} cannot be with SQLite, which belongs to one process: leave it out, and where one core is not enough, move to MongoDB and Redis (palabre migrate).`
      : `NODES=${nodes} is not how nodes are started: start as many servers as you like, each with its own PORT, behind a load balancer.`,
  )
}

/** Where the store is, for commands that must not make keys or need a valid address to listen on. */
export function locateStore(env: Env): Pick<Config, 'dataDir' | 'store' | 'mongodbUrl'> {
  const dataDir = resolve(read(env, 'DATA_DIR', null))
  const mongodbUrl = endpoint(env, 'MONGODB_URL', mongoEndpoint)
  const store = read(env, 'STORE', mongodbUrl === null ? 'sqlite' : 'mongo')
  if (store === 'mongo' && mongodbUrl === null) {
    throw new Error('STORE=mongo needs MONGODB_URL, which says where MongoDB is.')
  }
  if (store === 'sqlite' && mongodbUrl !== null) {
    throw new Error('STORE=sqlite and MONGODB_URL contradict each other: leave one of them out.')
  }
  return { dataDir, store, mongodbUrl }
}

/** Nodes that share a store or a cluster must share their keys too: each would refuse the others' tokens. */
function keyPlace(env: Env, dataDir: string, shared: string | null) {
  if (isGiven(env, 'KEYS_DIR')) {
    const keysDir = resolve(read(env, 'KEYS_DIR', null))
    return { keysDir, inviteDir: keysDir }
  }
  if (shared !== null) {
    throw new Error(
      'MONGODB_URL and REDIS_URL need KEYS_DIR: a folder for the keys that all nodes share (one node alone: its own).',
    )
  }
  return { keysDir: join(dataDir, 'keys'), inviteDir: dataDir }
}

/** Where media are kept if not on this disk; null: on it. */
export function readS3(env: Env): S3Config | null {
  if (!isGiven(env, 'S3_BUCKET')) {
    const idle = (['S3_ENDPOINT', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY', 'S3_PREFIX'] as const).find(
      (name) => isGiven(env, name),
    )
    if (idle !== undefined) throw new Error(`${idle} is given, but S3_BUCKET is not: give both or neither.`)
    return null
  }
  const bucket = read(env, 'S3_BUCKET', null)
  for (const name of ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const) {
    if (!isGiven(env, name)) throw new Error(`S3_BUCKET needs ${name}.`)
  }
  return {
    endpoint: endpoint(env, 'S3_ENDPOINT', s3Endpoint),
    region: read(env, 'S3_REGION', null),
    bucket,
    accessKeyId: read(env, 'S3_ACCESS_KEY_ID', null),
    secretAccessKey: read(env, 'S3_SECRET_ACCESS_KEY', null),
    prefix: read(env, 'S3_PREFIX', null),
  }
}

/** @throws when there are none */
function certificates(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Error(`REDIS_CA_FILE cannot be read: ${file}`, { cause })
  }
}

/** The URL of a part that may be elsewhere; null when it is not given. @throws when others could listen on the way */
function endpoint(
  env: Env,
  name: 'MONGODB_URL' | 'REDIS_URL' | 'S3_ENDPOINT',
  parse: (url: string) => Endpoint | null,
): string | null {
  if (!isGiven(env, name)) return null
  const url = read(env, name, null)
  const way = parse(url)
  const isSafe = way?.isLocal === true || way?.isEncrypted === true
  if (!isSafe && !read(env, 'ALLOW_PLAINTEXT_STORE', null)) {
    throw new Error(
      `${name} leads to another machine without checked TLS: use TLS, or set ALLOW_PLAINTEXT_STORE=1 on a network of your own.`,
    )
  }
  return url
}
