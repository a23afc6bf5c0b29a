// `palabre doctor`: looks the store over, of a running server too; with --repair, of a stopped one, mends what
// follows from what is intact.
import { missingMedia } from '../backup/media.ts'
import type { BlobId } from '../blobs/port.ts'
import { faultsIn, noteIn, type Report } from '../store/port/doctor.ts'
import type { Command } from './command.ts'
import { cancellable, createTerminal, exitCodes, stepBack, type Terminal } from './terminal.ts'
import { placeOf } from './wiring.ts'

export const doctor: Command = {
  usage: 'doctor [--repair]',
  about:
    'Looks the store over while the server runs; --repair, once it is stopped, mends what can be derived.',
  options: { repair: { type: 'boolean' } },
  async run({ options, env }) {
    const terminal = createTerminal(false)
    stepBack()
    return cancellable(terminal, async (signal) => {
      const { custody, openMedia } = await placeOf(env)
      // Before anything is made: where there is no store, there is nothing to repair.
      await (await custody.doctor()).close()
      const occupied = options.repair === true ? await custody.occupy() : null
      try {
        for (const done of (await occupied?.repair()) ?? []) terminal.say(`Repaired ${done}.`)
        const looking = await custody.doctor()
        try {
          const report = await looking.examine({
            signal,
            onProgress: (done, total) => terminal.progress('looking over the store', done, total),
          })
          const blobs = await openMedia()
          let looked = 0
          const bytesOf = (id: BlobId) => {
            signal.throwIfAborted()
            terminal.count('files that people sent', (looked += 1))
            return blobs.size(id)
          }
          for await (const fault of missingMedia(looking, bytesOf)) noteIn(report, fault)
          await blobs.close()
          tell(terminal, report)
          return faultsIn(report) === 0 ? exitCodes.done : exitCodes.failed
        } finally {
          await looking.close()
        }
      } finally {
        await occupied?.release()
      }
    })
  },
}

/** What a doctor found, in sentences. */
export function tell(terminal: Terminal, report: Report): void {
  const { conversations, messages, users } = report.looked
  const found = faultsIn(report)
  for (const { check, where, says, canRepair } of report.faults)
    terminal.complain(`${where}: ${says} (${check}${canRepair ? ', can be repaired' : ''}).`)
  const untold = found - report.faults.length
  if (untold > 0) terminal.complain(`… and ${untold} more of the same kinds.`)
  const looked = `${messages} messages in ${conversations} conversations of ${users} people`
  if (found === 0) terminal.say(`Looked over ${looked}: nothing is wrong.`)
  else
    terminal.complain(
      `Looked over ${looked}: ${found} faults, of which ${report.repairable} can be repaired.`,
    )
}
