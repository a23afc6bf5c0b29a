// `palabre backup FILE`: the store of a running (or stopped) server, and the files that people sent, into one file.
import { resolve } from 'node:path'
import { writeBackup } from '../backup/write.ts'
import type { Manifest } from '../backup/manifest.ts'
import type { MediaCount } from '../backup/media.ts'
import type { Command } from './command.ts'
import { cancellable, createTerminal, exitCodes, type Terminal } from './terminal.ts'
import { placeOf } from './wiring.ts'

export const backup: Command = {
  usage: 'backup FILE [--force] [--without-media]',
  about: 'Writes store and media into one file while the server runs; - for standard output.',
  options: { force: { type: 'boolean' }, 'without-media': { type: 'boolean' } },
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
      const { custody, openMedia } = await placeOf(env)
      const { manifest, media } = await writeBackup(custody, {
        to,
        openMedia: options['without-media'] === true ? null : openMedia,
        overwrites: options.force === true,
        signal,
        onProgress(step, done, total) {
          if (step === 'media') terminal.count('files that people sent', done)
          else terminal.progress(step === 'copy' ? 'copying the store' : 'writing the backup', done, total)
        },
        out: toStandardOutput,
      })
      terminal.say(`The backup ${to === null ? 'is written' : `is in ${to}`}: ${contents(manifest, media)}.`)
      tellDamaged(terminal, media)
      if (to !== null)
        terminal.say(
          'It holds what people wrote, readable by whoever has it: keep it where only you can read it.',
        )
      return exitCodes.done
    })
  },
}

/** What is in a backup, in words. */
export function contents({ counts, createdAt, store }: Manifest, media: MediaCount | null): string {
  const { users, conversations, messages } = counts
  const megabytes = ((store.bytes + (media?.bytes ?? 0)) / 1e6).toFixed(1)
  const files = media === null ? 'without the files that people sent' : `${media.files} files`
  return `${messages} messages in ${conversations} conversations of ${users} people, ${files}, as of ${createdAt}, ${megabytes} MB`
}

/** Files that the disk has spoiled; nothing else can bring them back but an older backup. */
export function tellDamaged(terminal: Terminal, media: MediaCount | null): void {
  for (const id of media?.damaged ?? [])
    terminal.complain(`The file ${id} is damaged: its bytes are not those that were sent.`)
}

function toStandardOutput(bytes: Buffer): Promise<void> {
  return new Promise((done, fail) => {
    process.stdout.write(bytes, (error) => (error ? fail(error) : done()))
  })
}
