// `palabre start`: the server. Says where it is, and stops politely.
import { createApp, type App } from '../app.ts'
import { loadConfig } from '../config.ts'
import { createLogger } from '../logger.ts'
import { fail } from './errors.ts'
import type { Environment } from './wiring.ts'

/** Within this time two signals are one. */
const sameSignalMs = 1_000

/** Starts the server, and stops it when it is told to. @throws with one sentence when it cannot start */
export async function start(env: Environment): Promise<void> {
  const config = loadConfig(env)
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
    app.close().then(() => process.exit(0), fail)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
