// Every environment variable: its schema, default and meaning, in one table. `--help` and the
// operator's page are made from it. A wrong value is refused in one sentence that never repeats it: it may be a secret.
import { readFileSync } from 'node:fs'
import proxyAddr from 'proxy-addr'
import { z } from 'zod'
import { limits } from '@palabre/protocol'
import { mongoEndpoint, redisEndpoint, s3Endpoint, type Endpoint } from './endpoints.ts'

const onOff = z.enum(['on', 'off']).transform((value) => value === 'on')
const bytes = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
)
const origin = z
  .string()
  .refine((value) => originOf(value) === value, 'is not an origin such as https://chat.example')

/** What is wrong with a URL is never said with the URL: there may be a password in it. */
function urlOf(parse: (url: string) => Endpoint | null, example: string) {
  return z.string().refine((value) => parse(value) !== null, `is not a URL such as ${example}`)
}

interface Setting {
  readonly schema: z.ZodType
  /** As one would write it; null: follows from other variables, as `about` says. */
  readonly fallback: string | null
  readonly about: string
  /** Holds a secret: the same name with _FILE may say which file has it instead. */
  readonly isSecret?: true
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
  KEYS_DIR: {
    schema: z.string().min(1),
    fallback: null,
    about:
      'Where the keys are kept, and the invite code with them, when nodes share them; by default DATA_DIR/keys.',
  },
  STORE: {
    schema: z.enum(['sqlite', 'mongo']),
    fallback: null,
    about: 'The engine that keeps everything: sqlite or mongo; by default mongo when MONGODB_URL is given.',
  },
  MONGODB_URL: {
    schema: urlOf(mongoEndpoint, 'mongodb://user:password@host/database?tls=true'),
    fallback: null,
    about: 'Where MongoDB is, with the name of the database; from another machine only through TLS.',
    isSecret: true,
  },
  REDIS_URL: {
    schema: urlOf(redisEndpoint, 'rediss://user:password@host:6379'),
    fallback: null,
    about: 'Where the Redis is that tells nodes of each other; from another machine only through TLS.',
    isSecret: true,
  },
  REDIS_CA_FILE: {
    schema: z.string().min(1),
    fallback: null,
    about: 'Certificates (PEM) to trust for REDIS_URL besides the usual ones: for a Redis with its own.',
  },
  ALLOW_PLAINTEXT_STORE: {
    schema: z.enum(['0', '1']).transform((value) => value === '1'),
    fallback: '0',
    about: 'With 1, MongoDB, Redis and S3 on other machines need no TLS: only for a network of your own.',
  },
  S3_ENDPOINT: {
    schema: urlOf(s3Endpoint, 'https://s3.example:9000'),
    fallback: null,
    about: 'Where S3-compatible storage is; without it, that of AWS in S3_REGION.',
  },
  S3_REGION: { schema: z.string().regex(/^[a-z0-9-]{1,64}$/), fallback: 'us-east-1', about: 'Its region.' },
  S3_BUCKET: {
    schema: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
    fallback: null,
    about: 'The bucket for what people send; without it, files are in DATA_DIR.',
  },
  S3_ACCESS_KEY_ID: { schema: z.string().min(1).max(256), fallback: null, about: 'Who asks the storage.' },
  S3_SECRET_ACCESS_KEY: {
    schema: z.string().min(1).max(1_024),
    fallback: null,
    about: 'The secret that proves it.',
    isSecret: true,
  },
  S3_PREFIX: {
    schema: z.string().regex(/^([\w-]+\/)*[\w-]*$/),
    fallback: '',
    about: 'What the names of all objects begin with, e.g. palabre/, where a bucket is shared.',
  },
  UPLOADS_DIR: {
    schema: z.string().min(1),
    fallback: null,
    about:
      'Where uploads lie until their last byte is there; by default DATA_DIR/uploads. Several nodes must share it.',
  },
  UPLOAD_MAX_BYTES: {
    schema: bytes,
    fallback: String(limits.uploadBytes),
    about: 'The largest file that one may send.',
  },
  MEDIA_QUOTA_BYTES: {
    schema: bytes,
    fallback: String(20 * 1_024 ** 3),
    about: 'What one person’s files may come to.',
  },
  MEDIA_FREE_BYTES: {
    schema: bytes,
    fallback: String(1_024 ** 3),
    about: 'Room on the disk of UPLOADS_DIR that uploads leave alone; with less, none begins.',
  },
  RETENTION_DAYS: {
    schema: z.coerce.number().int().min(0).max(3_650),
    fallback: '0',
    about: 'Messages older than this many days are taken away from everybody; 0: they stay.',
  },
  APPEALS: {
    schema: z.string().trim().max(limits.reportWords),
    fallback: '',
    about:
      'How somebody who was warned or suspended may object: an address or a sentence, shown to them as it is; without it they are told to ask whoever runs the server.',
  },
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
  PUSH_SERVICES: {
    schema: list.pipe(z.array(origin)),
    fallback: '',
    about:
      'Push services to send to besides those of the makers of browsers, as origins, with commas; they may be on a network of your own.',
  },
  RATE_LIMITS: {
    schema: onOff,
    fallback: 'on',
    about: 'Rates of requests; off only on loopback, for benches and tests.',
  },
  PASSWORD_COST: {
    schema: z.enum(['full', 'light']),
    fallback: 'full',
    about: 'Work that a password’s hash takes; light only on loopback, for benches and tests.',
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
  NODES: {
    schema: z.string().regex(/^(auto|[1-9]\d?)$/),
    fallback: '1',
    about: 'Servers that one command starts: 1. More are started by themselves, on MongoDB and Redis.',
  },
  LONG_POLLING: {
    schema: onOff,
    fallback: 'off',
    about: 'Lets clients without WebSocket poll; needs sticky sessions with several nodes.',
  },
  PER_MESSAGE_DEFLATE: {
    schema: onOff,
    fallback: 'off',
    about:
      'Lets the WebSocket compress each large packet for each client anew, at about five times the CPU; our clients get them compressed once for all.',
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

export type SettingName = keyof typeof settings
export type Value<N extends SettingName> = z.output<(typeof settings)[N]['schema']>
export type Env = Readonly<Record<string, string | undefined>>

/** The table that `--help` prints. */
export function describeConfig(): string {
  const names = Object.keys(settings) as SettingName[]
  const width = Math.max(...names.map((name) => name.length))
  return names
    .map((name) => {
      const { about, fallback, isSecret }: Setting = settings[name]
      const file = isSecret === true ? ` Or ${name}_FILE names a file that holds it.` : ''
      const note = fallback === null || fallback === '' ? '' : ` Default: ${fallback}.`
      return `  ${name.padEnd(width)}  ${about}${file}${note}`
    })
    .join('\n')
}

/**
 * A variable's value; empty counts as not given. A secret may be in the file that NAME_FILE names.
 * @throws Error with one sentence, without the value
 */
export function read<N extends SettingName>(env: Env, name: N, derived: string | null): Value<N> {
  const setting: Setting = settings[name]
  const text = given(env, name) ?? setting.fallback ?? derived
  const result = setting.schema.safeParse(text)
  if (result.success) return result.data as Value<N>
  const issue = result.error.issues[0]
  throw new Error(`${name} is not valid (${issue?.message ?? 'unreadable'}). ${setting.about}`)
}

export function isGiven(env: Env, name: SettingName): boolean {
  return given(env, name) !== null
}

function given(env: Env, name: SettingName): string | null {
  const { isSecret }: Setting = settings[name]
  const text = env[name] || null
  const path = isSecret === true ? env[`${name}_FILE`] || null : null
  if (path === null) return text
  if (text !== null) throw new Error(`${name} and ${name}_FILE are both given: leave one of them out.`)
  try {
    return readFileSync(path, 'utf8').trim() || null
  } catch (cause) {
    throw new Error(`${name}_FILE names a file that cannot be read.`, { cause })
  }
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
