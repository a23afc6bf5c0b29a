// The program: reads what it is told to do, and does it. Without a command it starts the server.
import { commands, describeCommands, runCommand } from './cli/commands.ts'
import { fail } from './cli/errors.ts'
import { start } from './cli/start.ts'
import { exitCodes } from './cli/terminal.ts'
import { describeConfig } from './settings.ts'

const help = `palabre: a messenger of one's own.

${describeCommands()}

Settings are environment variables:

${describeConfig()}

SIGTERM or SIGINT finishes what is running and stops; a second one stops at once.
Exit codes: 0 done, 1 failed or something is wrong, 2 told wrongly, 130 stopped with Ctrl-C.
`

async function main(): Promise<void> {
  const [name = 'start', ...args] = process.argv.slice(2)
  const asked = [name, ...args]
  if (asked.includes('--help') || asked.includes('-h') || name === 'help') {
    process.stdout.write(help)
    return
  }
  // New files are for the server's own user.
  process.umask(0o077)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command !== undefined) process.exitCode = await runCommand(command, args, process.env)
  else if (name === 'start' && args.length === 0) await start(process.env)
  else {
    process.stderr.write(`${[name, ...args].join(' ')}: there is no such command.\n\n${describeCommands()}\n`)
    process.exitCode = exitCodes.usage
  }
}

main().catch(fail)
