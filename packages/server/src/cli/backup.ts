// `palabre backup FILE`: the store of a running (or stopped) server into one file.
import { resolve } from 'node:path'
import { writeBackup } from '../backup/write.ts'
import type { Manifest } from '../backup/manifest.ts'
import type { Command } from './command.ts'
import { cancellable, createTerminal, exitCodes } from './terminal.ts'
import { placeOf } from './wiring.ts'

export const backup: Command = {
  usage: 'backup FILE [--force]',
  about: 'Writes the store into one file while the server runs; - for standard output.',
  options: { force: { type: 'boolean' } },
  async run({ file, options, env }) {
    const to = file === '-' ? null : resolve(file)
    const terminal = createTerminal(to === null)
    if (to === null && process.stdout.isTTY) {
      terminal.complain('A backup is not for a screen: send standard output into a file or a program.')
      return exitCodes.usage
    }
    // A reader that goes away is told by the write that fails.
    process.stdout.on('error', () => undefined)
    return cancellable(terminal, async (signal) => {
      const { custody } = await placeOf(env)
      const manifest = await writeBackup(custody, {
        to,
        overwrites: options.force === true,
        signal,
        onProgress(step, done, total) {
          terminal.progress(step === 'copy' ? 'copying the store' : 'writing the backup', done, total)
        },
        out: toStandardOutput,
      })
      terminal.say(`The backup ${to === null ? 'is written' : `is in ${to}`}: ${contents(manifest)}.`)
      if (to !== null)
        terminal.say(
          'It holds what people wrote, readable by whoever has it: keep it where only you can read it.',
        )
      return exitCodes.done
    })
  },
}

/** What is in a backup, in words. */
export function contents({ counts, createdAt, store }: Manifest): string {
  const { users, conversations, messages } = counts
  const megabytes = (store.bytes / 1e6).toFixed(1)
  return `${messages} messages in ${conversations} conversations of ${users} people, as of ${createdAt}, ${megabytes} MB`
}

function toStandardOutput(bytes: Buffer): Promise<void> {
  return new Promise((done, fail) => {
    process.stdout.write(bytes, (error) => (error ? fail(error) : done()))
  })
}
