// The one table of what `palabre` can be told to do, and what is said when it was told something else.
import { parseArgs } from 'node:util'
import { audit, storage } from './audit.ts'
import { backup } from './backup.ts'
import type { Call, Command } from './command.ts'
import { doctor } from './doctor.ts'
import { erasures } from './erasures.ts'
import { restore } from './restore.ts'
import { invite } from './invite.ts'
import { migrate } from './migrate.ts'
import { people } from './people.ts'
import { exitCodes } from './terminal.ts'
import { verify } from './verify.ts'
import type { Environment } from './wiring.ts'

export const commands: Readonly<Record<string, Command>> = {
  backup,
  restore,
  verify,
  doctor,
  migrate,
  erasures,
  invite,
  people,
  audit,
  storage,
}

/** Runs a command; answers its exit code. */
export async function runCommand(command: Command, args: string[], env: Environment): Promise<number> {
  const call = parse(command, args)
  if (typeof call !== 'string') return command.run({ ...call, env })
  process.stderr.write(`${call}\n\npalabre ${command.usage}\n  ${command.about}\n`)
  return exitCodes.usage
}

/** What was typed, or the sentence that says what is wrong with it. */
function parse({ usage, options, words }: Command, args: string[]): Omit<Call, 'env'> | string {
  const needsFile = usage.split(' [')[0]?.includes('FILE') === true
  try {
    const { values, positionals } = parseArgs({ args, options: { ...options }, allowPositionals: true })
    if (words !== undefined) {
      const isRight = positionals.length >= words.min && positionals.length <= words.max
      return isRight ? { file: '', words: positionals, options: values } : 'This needs other words.'
    }
    const [file = '', ...more] = positionals
    if (needsFile && (file === '' || more.length > 0)) return 'Name one FILE.'
    if (!needsFile && file !== '') return 'This takes no FILE.'
    return { file, words: [], options: values }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Lines for `--help`. */
export function describeCommands(): string {
  const width = Math.max(...Object.values(commands).map(({ usage }) => usage.length), 'start'.length)
  const line = (usage: string, about: string) => `  palabre ${usage.padEnd(width)}  ${about}`
  return [
    line('start', 'Starts the server; so does no command at all.'),
    ...Object.values(commands).map(({ usage, about }) => line(usage, about)),
  ].join('\n')
}
