// `palabre migrate --from … --to …`: moves a store, of servers that are stopped, to another engine, and its media with it.
// Stopped in the middle, the same command goes on. The store that it comes from is left as it is.
import { join } from 'node:path'
import { moveMedia } from '../move/media.ts'
import { moveStore, type Moved, type MoveStep } from '../move/move.ts'
import type { Command } from './command.ts'
import { cancellable, createTerminal, exitCodes, type Terminal } from './terminal.ts'
import { moveEndOf, openMedia, openSource, openTarget, type MoveEnd } from './wiring-move.ts'
import type { Environment } from './wiring.ts'

const steps: Readonly<Record<MoveStep, string>> = {
  copy: 'moving the store',
  compare: 'comparing both stores',
  examine: 'looking over the new store',
}

const stopped = 'Stopped. The same command goes on from here; the store that it comes from was not changed.'

export const migrate: Command = {
  usage: 'migrate --from STORE --to STORE [--without-media]',
  about: 'Moves a store of stopped servers to another engine: sqlite:FOLDER, mongodb://… or mongodb.',
  options: { from: { type: 'string' }, to: { type: 'string' }, 'without-media': { type: 'boolean' } },
  async run({ options, env }) {
    const terminal = createTerminal(false)
    const { from: given, to: wanted } = options
    if (typeof given !== 'string' || typeof wanted !== 'string') {
      terminal.complain('Name both stores, with --from and --to.')
      return exitCodes.usage
    }
    return cancellable(
      terminal,
      async (signal) => {
        const [from, to] = [moveEndOf(given, env), moveEndOf(wanted, env)]
        if (from.engine === to.engine)
          throw new Error('both stores are of the same engine: there is nothing to move')
        if (options['without-media'] !== true) await carryMedia(from, to, { env, terminal, signal })
        const moved = await carryStore(from, to, terminal, signal)
        tell(terminal, moved, to)
        return exitCodes.done
      },
      stopped,
    )
  },
}

/** First, because what a message names must be there when somebody reads it. */
async function carryMedia(
  from: MoveEnd,
  to: MoveEnd,
  { env, terminal, signal }: { env: Environment; terminal: Terminal; signal: AbortSignal },
): Promise<void> {
  const media = await openMedia(from, to, env)
  if (media === null) return
  try {
    const { copied, present } = await moveMedia(media.from, media.to, {
      signal,
      onProgress: (done) => terminal.count('moving media', done),
    })
    terminal.say(`Media: ${copied} files copied, ${present} were there already.`)
  } finally {
    await media.from.close()
    await media.to.close()
  }
}

async function carryStore(
  from: MoveEnd,
  to: MoveEnd,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Moved> {
  const source = await openSource(from)
  try {
    const target = await openTarget(to)
    try {
      return await moveStore(source, target, {
        signal,
        onProgress: (step, done, total) => terminal.progress(steps[step], done, total),
        say: terminal.say,
      })
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

function tell(terminal: Terminal, { counts, blocks, aside }: Moved, to: MoveEnd): void {
  const { user, conversation, message, session } = counts
  terminal.say(
    `Moved: ${message} messages in ${conversation} conversations of ${user} people, ${session} signed-in devices.`,
  )
  terminal.say(`Both stores hold the same, record by record; the digests of ${blocks} full blocks agree.`)
  if (aside !== null) terminal.say(`What was in its place is kept at ${aside}.`)
  terminal.say(
    to.engine === 'mongo'
      ? 'Start the servers with this MONGODB_URL and, in KEYS_DIR, the keys that they had: nobody has to sign in again.'
      : `Start the server with DATA_DIR=${to.dataDir}, and put the keys that it had into ${join(to.dataDir, 'keys')}: nobody has to sign in again.`,
  )
  terminal.say('Start no server on the old store any more: what was said there would be missing here.')
}
