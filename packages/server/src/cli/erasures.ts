// `palabre erasures`: the ledger of deleted accounts, one row a line, to be kept away from the machine (ERASE-5). A restore of
// an older backup on a new machine is told of it with --erasures. It holds ids and dates.
import { readFile } from 'node:fs/promises'
import { ErasureRow } from '../store/port/erasures.ts'
import type { Command } from './command.ts'
import { cancellable, createTerminal, exitCodes } from './terminal.ts'
import { placeOf } from './wiring.ts'

export const erasures: Command = {
  usage: 'erasures',
  about: 'Prints the ledger of deleted accounts, for a restore elsewhere: keep it beside your backups.',
  options: {},
  async run({ env }) {
    const terminal = createTerminal(false)
    return cancellable(terminal, async () => {
      const { custody } = await placeOf(env)
      for (const row of await custody.erasures()) terminal.say(JSON.stringify(row))
      return exitCodes.done
    })
  },
}

/** What that command printed. @throws with one sentence when it is something else */
export async function ledgerFrom(file: string): Promise<ErasureRow[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.trim() !== '')
  return lines.map((line, index) => {
    const row = ErasureRow.safeParse(parsed(line))
    if (!row.success) throw new Error(`line ${index + 1} of ${file} is no row of a ledger`)
    return row.data
  })
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return null
  }
}
