// The server's log: one JSON line an event, with ids, codes and numbers. What could hold someone's words
// or secrets is never handed to it; the list below is the second net (SECURITY §4.10).
import { pino, type Logger } from 'pino'
import type { Config } from './config.ts'

const secretFields = [
  'password',
  'newPassword',
  'currentPassword',
  'token',
  'accessToken',
  'refreshToken',
  'code',
  'invite',
  'secret',
  'body',
  'text',
  'displayName',
  'title',
  'about',
  'name',
  'endpoint',
  'keys',
  'query',
  'input',
]
const paths = [
  'req.headers.authorization',
  'req.headers.cookie',
  'req.headers["x-forwarded-for"]',
  'req.headers["upload-metadata"]',
  'res.headers["set-cookie"]',
  'handshake.auth',
  'handshake.query',
  ...secretFields.filter((field) => field !== 'code').map((field) => field),
  ...secretFields.map((field) => `*.${field}`),
]

// Beyond what JSON escapes: C1 controls and the characters that turn a line around in a terminal (SEC-29).
const deceiving = /[\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/g

/** Writes to standard output. */
export function createLogger(config: Pick<Config, 'logLevel'>, write = defaultWrite): Logger {
  return pino(
    {
      level: config.logLevel,
      base: null,
      redact: { paths, censor: '[redacted]' },
      serializers: { err: errorOf },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => write(escaped(line)) },
  )
}

function defaultWrite(line: string) {
  process.stdout.write(line)
}

/** Name, stack and the stable code; not the fields that libraries hang onto their errors. */
function errorOf(thrown: unknown, depth = 0): Record<string, unknown> {
  if (!(thrown instanceof Error)) return { kind: typeof thrown }
  const kind = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name
  const cause = thrown.cause === undefined || depth >= 3 ? {} : { cause: errorOf(thrown.cause, depth + 1) }
  return { kind, stack: thrown.stack, ...cause }
}

function escaped(line: string): string {
  return line.replace(deceiving, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
