// Whatever went wrong, as one sentence for whoever sits before the screen.
import { inspect } from 'node:util'

/** Faults of the system that an operator can do something about. */
const ofTheSystem: Readonly<Record<string, string>> = {
  ENOSPC: 'There is no space left on the disk',
  EDQUOT: 'There is no space left on the disk',
  EACCES: 'This user may not do that',
  EPERM: 'This user may not do that',
  EROFS: 'The disk cannot be written to',
  ENOENT: 'There is no such file or folder',
  ENOTDIR: 'There is no such folder',
  EISDIR: 'This is a folder, not a file',
  EPIPE: 'Whoever was reading has gone',
  SQLITE_FULL: 'There is no space left on the disk',
  SQLITE_NOTADB: 'This is not a database, or it is damaged',
  SQLITE_CORRUPT: 'The database is damaged',
  SQLITE_READONLY: 'The database cannot be written to',
  SQLITE_CANTOPEN: 'The database cannot be opened',
}

/** Ends the program with one sentence. */
export function fail(error: unknown): never {
  process.stderr.write(`${errorText(error)}\n`)
  process.exit(1)
}

export function errorText(error: unknown): string {
  // What a worker threw has lost its class on the way here, not its message.
  const { code = '', message, path } = Object(error) as { code?: unknown; message?: unknown; path?: unknown }
  if (typeof message !== 'string') return sentence(inspect(error))
  const known = Object.keys(ofTheSystem).find((name) => code === name || String(code).startsWith(`${name}_`))
  if (known === undefined) return sentence(message)
  return `${ofTheSystem[known]}${typeof path === 'string' ? `: ${path}` : ''}.`
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/u.test(first) ? first : `${first}.`
}
