// `palabre restore FILE`: puts the store of a backup in the place of the present one, of a server that is stopped.
// Everything is read, checked and prepared beside it first; the change itself is one rename, at the end.
import { join } from 'node:path'
import { openDraft } from '../backup/drafts.ts'
import type { Manifest } from '../backup/manifest.ts'
import { faultsIn } from '../store/port/doctor.ts'
import { contents, tellDamaged } from './backup.ts'
import { ledgerFrom } from './erasures.ts'
import type { Command } from './command.ts'
import { tell } from './doctor.ts'
import { cancellable, createTerminal, exitCodes } from './terminal.ts'
import { examineBackup } from './verify.ts'
import { placeOf } from './wiring.ts'

export const restore: Command = {
  usage: 'restore FILE [--force] [--erasures FILE]',
  about: 'Puts a backup in the place of the store, of a stopped server; - for standard input.',
  options: { force: { type: 'boolean' }, erasures: { type: 'string' } },
  async run({ file, options, env }) {
    const terminal = createTerminal(false)
    return cancellable(terminal, async (signal) => {
      const kept = typeof options.erasures === 'string' ? await ledgerFrom(options.erasures) : []
      const place = await placeOf(env)
      const { custody } = place
      const occupied = await custody.occupy()
      const draft = openDraft(place.draft)
      try {
        await occupied.needRoom()
        const storeTo = join(draft.dir, 'store')
        // Files first: they harm nothing where the store that names them does not come.
        const blobs = await place.openMedia()
        const { manifest, media, report } = await examineBackup({
          file,
          storeTo,
          blobsTo: blobs,
          signal,
          terminal,
        }).finally(() => blobs.close())
        tellDamaged(terminal, media)
        if (manifest.engine !== custody.engine) throw new Error(otherEngine(manifest))
        // A file that is missing was missing before, and is nothing that could be put right by not restoring.
        if (faultsIn(report) > (report.counts.media ?? 0)) {
          tell(terminal, report)
          if (options.force !== true) {
            terminal.complain(
              'Nothing was restored. With --force it is, and palabre doctor --repair mends what it can.',
            )
            return exitCodes.failed
          }
        }
        await occupied.revive(storeTo, kept)
        const aside = await occupied.install(storeTo)
        terminal.say(`Restored: ${contents(manifest, media)}.`)
        if (aside !== null)
          terminal.say(`The store as it was is kept at ${aside}: remove it when you need it no more.`)
        terminal.say('Everybody signs in again; what they had not sent yet goes out then.')
        return exitCodes.done
      } finally {
        draft.discard()
        await occupied.release()
      }
    })
  },
}

function otherEngine({ engine }: Manifest): string {
  const [of, settings] =
    engine === 'mongo' ? ['MongoDB', 'set MONGODB_URL'] : ['SQLite', 'leave MONGODB_URL and STORE out']
  return `this is the backup of a store in ${of}: ${settings}, restore it, and move it with palabre migrate`
}
