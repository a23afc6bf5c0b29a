// `palabre restore FILE`: puts the store of a backup in the place of the present one, of a server that is stopped.
// Everything is read, checked and prepared beside it first; the change itself is one rename, at the end.
import { join } from 'node:path'
import { openDraft } from '../backup/drafts.ts'
import { storeName } from '../backup/manifest.ts'
import { faultsIn } from '../store/port/doctor.ts'
import { contents } from './backup.ts'
import type { Command } from './command.ts'
import { tell } from './doctor.ts'
import { cancellable, createTerminal, exitCodes } from './terminal.ts'
import { examineBackup } from './verify.ts'
import { placeOf } from './wiring.ts'

export const restore: Command = {
  usage: 'restore FILE [--force]',
  about: 'Puts a backup in the place of the store, of a stopped server; - for standard input.',
  options: { force: { type: 'boolean' } },
  async run({ file, options, env }) {
    const terminal = createTerminal(false)
    return cancellable(terminal, async (signal) => {
      const { custody, dataDir } = placeOf(env)
      const occupied = custody.occupy()
      const draft = openDraft(join(dataDir, 'restore'))
      try {
        const storeTo = join(draft.dir, storeName)
        const { manifest, report } = await examineBackup(custody, { file, storeTo, signal, terminal })
        if (faultsIn(report) > 0) {
          tell(terminal, report)
          if (options.force !== true) {
            terminal.complain(
              'Nothing was restored. With --force it is, and palabre doctor --repair mends what it can.',
            )
            return exitCodes.failed
          }
        }
        occupied.revive(storeTo)
        const aside = occupied.install(storeTo)
        terminal.say(`Restored: ${contents(manifest)}.`)
        if (aside !== null)
          terminal.say(`The store as it was is kept at ${aside}: remove it when you need it no more.`)
        terminal.say('Everybody signs in again; what they had not sent yet goes out then.')
        return exitCodes.done
      } finally {
        draft.discard()
        occupied.release()
      }
    })
  },
}
