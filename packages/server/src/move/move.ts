// Moves a store to another engine: everything, in order, in batches that are durable together with the journal that knows
// of them, so that whoever was stopped goes on where they were. Before the target becomes a store, both are read again
// and compared. The source is only read. Knows no engine.
import { faultsIn } from '../store/port/doctor.ts'
import {
  placeOf,
  transferFormat,
  type TransferCounts,
  type TransferFacts,
  type TransferJournal,
  type TransferSource,
  type TransferTarget,
} from '../store/port/transfer.ts'
import { compareStores } from './compare.ts'
import { fingerprintOf } from './fingerprint.ts'
import { createInspector } from './inspect.ts'

export type MoveStep = 'copy' | 'compare' | 'examine'

export interface MoveOptions {
  signal?: AbortSignal
  /** In records. */
  onProgress?: (step: MoveStep, done: number, total: number) => void
  /** What happened that the operator should know, in sentences. */
  say?: (sentence: string) => void
}

export interface Moved {
  counts: TransferCounts
  /** Records that were there already when it began. */
  resumedAt: number
  /** Full blocks whose digests were computed on both sides. */
  blocks: number
  /** Where what was in the target's place is kept; null: there was nothing. */
  aside: string | null
}

/**
 * @throws when the target holds another store, when the source is not sound, when the two differ in the end, or when it
 *   was stopped: then the same call again goes on
 */
export async function moveStore(
  source: TransferSource,
  target: TransferTarget,
  options: MoveOptions = {},
): Promise<Moved> {
  const { signal, onProgress } = options
  const facts = await source.facts()
  const fingerprint = await fingerprintOf(source, signal)
  const from = await beginning(target, facts, fingerprint, options)
  const total = Object.values(facts.counts).reduce((sum, count) => sum + count, 0)
  const journal = await copy(source, target, from, total, options)
  try {
    const { differences, records, blocks } = await compareStores(source, target.reading, {
      signal,
      onProgress: (done) => onProgress?.('compare', done, total),
    })
    if (differences.length > 0) throw new Error(`the target is not the same: ${differences.join('; ')}`)
    if (records !== total) throw new Error(`${records} of ${total} records were moved`)
    onProgress?.('examine', 0, total)
    await examine(target, signal)
    if ((await fingerprintOf(source, signal)) !== fingerprint)
      throw new Error(
        'somebody has written to the source meanwhile: stop every server of it, then begin again',
      )
    signal?.throwIfAborted()
    const aside = await target.finish()
    return { counts: facts.counts, resumedAt: from.written, blocks, aside }
  } catch (error) {
    // What is there cannot be trusted: the next time it begins afresh.
    if (signal?.aborted !== true) await spoil(target, journal)
    throw error
  }
}

/** The journal to go on with. */
async function beginning(
  target: TransferTarget,
  { engine, epoch }: TransferFacts,
  fingerprint: string,
  { say }: MoveOptions,
): Promise<TransferJournal> {
  const state = await target.state()
  const fresh = { format: transferFormat, from: engine, epoch, fingerprint, place: null, written: 0 } as const
  if (state.is === 'store')
    throw new Error(
      state.epoch === epoch
        ? 'the target holds this store already: nothing was moved'
        : 'the target holds another store: nothing was moved',
    )
  if (state.is === 'partial') {
    const { journal } = state
    if (journal.epoch !== epoch)
      throw new Error('the target holds a part of another store: nothing was moved')
    if (journal.fingerprint === fingerprint && journal.from === engine) {
      if (journal.written > 0) say?.(`Going on after ${journal.written} records that are there already.`)
      return journal
    }
    say?.('What an earlier attempt has written is of another state of the source: beginning again.')
  }
  await target.begin(fresh)
  return fresh
}

/** Writes a batch while the next one is read. */
async function copy(
  source: TransferSource,
  target: TransferTarget,
  from: TransferJournal,
  total: number,
  { signal, onProgress }: MoveOptions,
): Promise<TransferJournal> {
  const inspector = createInspector()
  let journal = from
  let writing: Promise<void> = Promise.resolve()
  try {
    for await (const records of source.read({ after: from.place })) {
      await writing
      signal?.throwIfAborted()
      onProgress?.('copy', journal.written, total)
      for (const record of records) {
        const findings = inspector.take(record)?.findings ?? []
        if (findings.length > 0)
          throw new Error(`the source is not sound, look it over with palabre doctor: ${findings.join('; ')}`)
      }
      const last = records.at(-1)
      if (last === undefined) continue
      journal = { ...journal, place: placeOf(last), written: journal.written + records.length }
      writing = target.write(records, journal)
      // It is awaited before the next one; a reader that fails first must not leave it unheard.
      writing.catch(() => undefined)
    }
  } finally {
    await writing
  }
  return journal
}

async function examine(target: TransferTarget, signal: AbortSignal | undefined): Promise<void> {
  const report = await target.examine(signal)
  if (faultsIn(report) === 0) return
  const found = report.faults.map(({ where, says }) => `${where}: ${says}`)
  throw new Error(`something is wrong with what was moved: ${found.join('; ')}`)
}

async function spoil(target: TransferTarget, journal: TransferJournal): Promise<void> {
  try {
    await target.write([], { ...journal, fingerprint: 'not to be trusted' })
  } catch {
    // What went wrong first is what is told.
  }
}
