// Every environment variable: its schema, default and meaning, in one table. `--help` and the
// operator's page are made from it. What is wrong is said in one sentence, before anything listens.
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import proxyAddr from 'proxy-addr'
import { z } from 'zod'
import { limits } from '@palabre/protocol'
import { openSecrets, type Secrets } from './secrets.ts'

const onOff = z.enum(['on', 'off']).transform((value) => value === 'on')
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
)
const origin = z
  .string()
  .refine((value) => originOf(value) === value, 'is not an origin such as https://chat.example')

interface Setting {
  readonly schema: z.ZodType
  /** As one would write it; null: follows from other variables, as `about` says. */
  readonly fallback: string | null
  readonly about: string
}

const settings = {
  PORT: {
    schema: z
      .string()
      .regex(/^\d{1,5}$/)
      .transform(Number)
      .pipe(z.int().max(65_535)),
    fallback: '3000',
    about: 'The port to listen on; 0 takes a free one.',
  },
  HOST: {
    schema: z.string().min(1).max(255),
    fallback: '127.0.0.1',
    about: 'The address to listen on; 0.0.0.0 for all.',
  },
  PUBLIC_URL: {
    schema: origin,
    fallback: null,
    about: 'What people type into their browser, e.g. https://chat.example; by default http://HOST:PORT.',
  },
  DATA_DIR: {
    schema: z.string().min(1),
    fallback: './data',
    about: 'Where the store, the keys and the invite code are kept.',
  },
  STORE: { schema: z.enum(['sqlite']), fallback: 'sqlite', about: 'The engine that keeps everything.' },
  REGISTRATION: {
    schema: z.enum(['open', 'invite', 'closed']),
    fallback: null,
    about: 'Who may open an account: open, invite or closed; by default open on loopback, else invite.',
  },
  DIRECTORY: {
    schema: z.enum(['open', 'contacts']),
    fallback: 'open',
    about: 'Whom one can find: everybody (open), or contacts, co-members and exact usernames (contacts).',
  },
  SERVER_NAME: {
    schema: z.string().trim().min(1).max(64),
    fallback: 'Palabre',
    about: 'The name of this server, shown above the list of conversations.',
  },
  WEB_DIR: {
    schema: z.string().min(1),
    fallback: null,
    about: 'The built web app to serve; by default the one beside this program.',
  },
  TRUSTED_PROXIES: {
    schema: list.refine(
      (entries) => entries.every(isProxy),
      'is not a list of addresses, subnets or names like loopback',
    ),
    fallback: '',
    about: 'Proxies whose X-Forwarded-For and -Proto are believed: addresses or subnets, with commas.',
  },
  ALLOWED_ORIGINS: {
    schema: list.pipe(z.array(origin)),
    fallback: '',
    about: 'Other origins whose pages may connect, with commas; never with cookies.',
  },
  RATE_LIMITS: {
    schema: onOff,
    fallback: 'on',
    about: 'Rates of requests; off only on loopback, for benches and tests.',
  },
  ACCESS_TOKEN_SECONDS: {
    schema: z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number)
      .pipe(
        z
          .int()
          .min(1)
          .max(limits.accessTokenMs / 1_000),
      ),
    fallback: String(limits.accessTokenMs / 1_000),
    about: 'Life of an access token; shorter than usual only on loopback, for tests.',
  },
  LONG_POLLING: {
    schema: onOff,
    fallback: 'off',
    about: 'Lets clients without WebSocket poll; needs sticky sessions with several nodes.',
  },
  METRICS: {
    schema: z.enum(['loopback', 'public']),
    fallback: 'loopback',
    about: 'Who may read /metrics: callers on this machine, or everybody.',
  },
  LOG_LEVEL: {
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    fallback: 'info',
    about: 'How much is logged.',
  },
} as const satisfies Record<string, Setting>

type SettingName = keyof typeof settings
type Value<N extends SettingName> = z.output<(typeof settings)[N]['schema']>

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
  readonly registration: Value<'REGISTRATION'>
  readonly directory: Value<'DIRECTORY'>
  readonly serverName: string
  /** Absolute. */
  readonly webDir: string
  readonly trustedProxies: readonly string[]
  readonly allowedOrigins: readonly string[]
  readonly hasRateLimits: boolean
  readonly accessTokenMs: number
  readonly hasLongPolling: boolean
  readonly metrics: Value<'METRICS'>
  readonly logLevel: Value<'LOG_LEVEL'>
}

/**
 * Reads the environment and opens the keys (making them at the first start).
 * @throws Error with one sentence for the operator.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
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
  const accessTokenMs = read(env, 'ACCESS_TOKEN_SECONDS', null) * 1_000
  if (accessTokenMs !== limits.accessTokenMs && !isLoopback) {
    throw new Error('ACCESS_TOKEN_SECONDS is only for a server on loopback: leave it out.')
  }
  const dataDir = resolve(read(env, 'DATA_DIR', null))
  return {
    port,
    host,
    isLoopback,
    publicUrl,
    isPublicUrlGiven: isGiven(env, 'PUBLIC_URL'),
    dataDir,
    store: read(env, 'STORE', null),
    registration,
    directory: read(env, 'DIRECTORY', null),
    serverName: read(env, 'SERVER_NAME', null),
    webDir: resolve(read(env, 'WEB_DIR', fileURLToPath(new URL('../../web/dist', import.meta.url)))),
    trustedProxies: read(env, 'TRUSTED_PROXIES', null),
    allowedOrigins: read(env, 'ALLOWED_ORIGINS', null),
    hasRateLimits,
    accessTokenMs,
    hasLongPolling: read(env, 'LONG_POLLING', null),
    metrics: read(env, 'METRICS', null),
    logLevel: read(env, 'LOG_LEVEL', null),
    ...openSecrets(dataDir, { wantsInvite: registration === 'invite' }),
  }
}

/** Where the store is, for commands that must not make keys or need a valid address to listen on. */
export function locateStore(
  env: Readonly<Record<string, string | undefined>>,
): Pick<Config, 'dataDir' | 'store'> {
  return { dataDir: resolve(read(env, 'DATA_DIR', null)), store: read(env, 'STORE', null) }
}

/** The table that `--help` prints. */
export function describeConfig(): string {
  const names = Object.keys(settings) as SettingName[]
  const width = Math.max(...names.map((name) => name.length))
  return names
    .map((name) => {
      const { about, fallback }: Setting = settings[name]
      const note = fallback === null || fallback === '' ? '' : ` Default: ${fallback}.`
      return `  ${name.padEnd(width)}  ${about}${note}`
    })
    .join('\n')
}

/** `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}

/** A variable's value; empty counts as not given. */
function read<N extends SettingName>(
  env: Readonly<Record<string, string | undefined>>,
  name: N,
  derived: string | null,
): Value<N> {
  const setting: Setting = settings[name]
  const text = isGiven(env, name) ? env[name] : (setting.fallback ?? derived)
  const result = setting.schema.safeParse(text)
  if (result.success) return result.data as Value<N>
  const issue = result.error.issues[0]
  throw new Error(`${name} is not valid (${issue?.message ?? 'unreadable'}). ${setting.about}`)
}

function isGiven(env: Readonly<Record<string, string | undefined>>, name: SettingName): boolean {
  return (env[name] ?? '') !== ''
}

function originOf(value: string): string | null {
  if (!/^https?:\/\/[\w.:[\]-]+$/.test(value) || !URL.canParse(value)) return null
  // The default port is dropped by URL; a free one (0) is known only after listening.
  return new URL(value).origin
}

function isProxy(entry: string): boolean {
  try {
    proxyAddr.compile([entry])
    return true
  } catch {
    return false
  }
}
