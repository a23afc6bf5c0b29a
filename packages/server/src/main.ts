// The program: reads the environment, starts the server, says where it is, and stops it politely.
import { inspect } from 'node:util'
import { createApp, type App } from './app.ts'
import { describeConfig, loadConfig } from './config.ts'
import { createLogger } from './logger.ts'

const help = `palabre: a messenger of one's own.

Settings are environment variables:

${describeConfig()}

SIGTERM or SIGINT finishes what is running and stops; a second one stops at once.
`

/** Within this time two signals are one. */
const sameSignalMs = 1_000

async function main(): Promise<void> {
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    process.stdout.write(help)
    return
  }
  // New files are for the server's own user.
  process.umask(0o077)
  const config = loadConfig(process.env)
  const logger = createLogger(config)
  // A promise that nobody awaited is a fault to fix, not a reason to end everybody's conversations (SEC-36).
  process.on('unhandledRejection', (reason) => logger.error({ err: reason }, 'a rejection was not handled'))
  const app = await createApp(config)
  const { url } = await app.listen()
  stopOnSignals(app)
  process.stdout.write(`Palabre is at ${url}\n`)
  if (config.invitePath !== null) process.stdout.write(`The invite code is in ${config.invitePath}\n`)
  if (!config.isLoopback && url.startsWith('http://')) {
    process.stdout.write(
      'Put it behind https before people use it from elsewhere: without it, anyone on the way can read.\n',
    )
  }
}

function stopOnSignals(app: App) {
  let stoppingSince: number | null = null
  const stop = () => {
    if (stoppingSince !== null) {
      // A terminal and a starter script may both pass the same signal on: only a later one is impatience.
      if (Date.now() - stoppingSince > sameSignalMs) process.exit(1)
      return
    }
    stoppingSince = Date.now()
    app.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

function fail(error: unknown): never {
  // What a worker threw has lost its class on the way here, not its message.
  const { message } = Object(error) as { message?: unknown }
  process.stderr.write(`${typeof message === 'string' ? message : inspect(error)}\n`)
  process.exit(1)
}

main().catch(fail)
