// `palabre verify FILE`: whether a backup is whole and would be a sound store, without restoring it.
import { createReadStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { openDraft } from '../backup/drafts.ts'
import { missingMedia } from '../backup/media.ts'
import { readBackup, type ReadBack } from '../backup/read.ts'
import type { BlobId, Blobs } from '../blobs/port.ts'
import { faultsIn, noteIn, type Report } from '../store/port/doctor.ts'
import { contents, tellDamaged } from './backup.ts'
import type { Command } from './command.ts'
import { tell } from './doctor.ts'
import { errorText } from './errors.ts'
import { cancellable, createTerminal, exitCodes, stepBack, type Terminal } from './terminal.ts'
import { copiesOf } from './wiring.ts'

export const verify: Command = {
  usage: 'verify FILE',
  about: 'Tells whether a backup is whole and sound, without restoring it; - for standard input.',
  options: {},
  async run({ file }) {
    const terminal = createTerminal(false)
    stepBack()
    return cancellable(terminal, async (signal) => {
      const draft = openDraft(join(tmpdir(), 'palabre-verify'))
      try {
        const storeTo = join(draft.dir, 'store')
        const { manifest, media, report } = await examineBackup({
          file,
          storeTo,
          blobsTo: null,
          signal,
          terminal,
        })
        terminal.say(`The backup is whole: ${contents(manifest, media)}.`)
        tellDamaged(terminal, media)
        tell(terminal, report)
        const isSound = faultsIn(report) === 0 && (media?.damaged ?? []).length === 0
        return isSound ? exitCodes.done : exitCodes.failed
      } finally {
        draft.discard()
      }
    })
  },
}

interface Examine {
  /** As it was given; - is standard input. */
  file: string
  /** Where its store is put. */
  storeTo: string
  /** Where its files are put; null: nowhere. */
  blobsTo: Blobs | null
  signal: AbortSignal
  terminal: Terminal
}

/** Takes a backup apart and looks its store over, as it would be after a restore. @throws when it is not whole */
export async function examineBackup({
  file,
  storeTo,
  blobsTo,
  signal,
  terminal,
}: Examine): Promise<ReadBack & { report: Report }> {
  try {
    const input =
      file === '-' ? addAbortSignal(signal, process.stdin) : createReadStream(resolve(file), { signal })
    const held = new Map<BlobId, number>()
    const { manifest, media } = await readBackup(input, {
      storeTo,
      blobsTo,
      signal,
      onProgress: (done, total) => terminal.progress('reading the backup', done, total),
      onFile({ id, bytes }, files) {
        held.set(id, bytes)
        terminal.count('files that people sent', files)
      },
    })
    const copies = await copiesOf(manifest.engine)
    const facts = await copies.facts(storeTo)
    if (facts.epoch !== manifest.epoch || facts.schema !== manifest.schema)
      throw new Error('its store is not the one that its manifest describes')
    await copies.update(storeTo)
    const doctor = await copies.doctor(storeTo)
    try {
      const report = await doctor.examine({
        signal,
        onProgress: (done, total) => terminal.progress('looking over what is in it', done, total),
      })
      if (media !== null) {
        const bytesOf = async (id: BlobId) => held.get(id) ?? null
        for await (const fault of missingMedia(doctor, bytesOf)) noteIn(report, fault)
      }
      return { manifest, media, report }
    } finally {
      await doctor.close()
    }
  } catch (cause) {
    if (signal.aborted) throw cause
    throw new Error(`${file === '-' ? 'The backup' : file} cannot be used. ${errorText(cause)}`, { cause })
  }
}
