// The contract of carrying a store as a stream of records: read from anywhere, written twice without harm, no store
// before it is whole, and the same store afterwards.
import { describe, expect, test } from 'vitest'
import {
  noCounts,
  placeOf,
  transferFormat,
  TransferRecord,
  type TransferJournal,
  type TransferPlace,
  type TransferReading,
  type TransferSource,
  type TransferTarget,
} from '../port/transfer.ts'
import { expectEverything, makeEverything } from './everything.ts'
import { person, type OpenStore } from './kit.ts'

export interface TransferParts {
  /** Opens the store of a place, as a server does. */
  open: OpenStore
  source: (place: string) => Promise<TransferSource>
  target: (place: string) => Promise<TransferTarget>
}

export async function recordsOf(
  reading: TransferReading,
  after: TransferPlace | null = null,
): Promise<TransferRecord[]> {
  const records: TransferRecord[] = []
  for await (const batch of reading.read({ after })) {
    expect(batch.length).toBeGreaterThan(0)
    records.push(...batch)
  }
  return records
}

function journalOf(epoch: string, given: Partial<TransferJournal> = {}): TransferJournal {
  return {
    format: transferFormat,
    from: 'sqlite',
    epoch,
    fingerprint: 'f',
    place: null,
    written: 0,
    ...given,
  }
}

export function transferContract(name: string, { open, source, target }: TransferParts): void {
  // Each opens stores of its own, which takes seconds on a busy machine.
  describe(`transfer contract: ${name}`, { timeout: 240_000 }, () => {
    test('a store is read in order, all of it, from any place on', async () => {
      const store = await open('read')
      await makeEverything(store)
      await store.close()
      const reading = await source('read')
      const records = await recordsOf(reading)
      const { epoch, counts } = await reading.facts()
      expect(epoch).toBe(store.epoch)

      const found = noCounts()
      for (const record of records) {
        expect(TransferRecord.parse(record)).toEqual(record)
        found[record.type] += 1
      }
      expect(found).toEqual(counts)
      expect(found).toMatchObject({
        user: 4,
        seen: 1,
        session: 2,
        account: 2,
        media: 1,
        audit: 1,
        erasure: 1,
        invite: 1,
        credentials: 1,
        report: 1,
        ban: 1,
        conversation: 3,
        members: 3,
      })
      const types = records.map((record) => record.type).filter((type, at, all) => type !== all[at - 1])
      const each = ['conversation', 'message', 'members']
      expect(types).toEqual([
        'user',
        'seen',
        'session',
        'account',
        'media',
        'audit',
        'erasure',
        'invite',
        'credentials',
        'report',
        'ban',
        ...each,
        ...each,
        ...each,
      ])

      // At every border, and within the long conversation.
      const borders = records.filter(
        (record, at) =>
          record.type !== records[at + 1]?.type || (record.type === 'message' && record.seq % 97 === 0),
      )
      for (const record of borders) {
        const rest = records.slice(records.indexOf(record) + 1)
        expect(await recordsOf(reading, placeOf(record))).toEqual(rest)
      }
      const few: TransferRecord[] = []
      for await (const batch of reading.read({ withoutMessages: true })) few.push(...batch)
      expect(few).toEqual(records.filter((record) => record.type !== 'message'))
      await reading.close()
    })

    test('[P1] [LOG-2] [LOG-7] [SYNC-7] what was written, twice even, is the same store, and goes on', async () => {
      const store = await open('from')
      const made = await makeEverything(store)
      await store.close()
      const reading = await source('from')
      const writing = await target('to')
      expect(await writing.state()).toEqual({ is: 'empty' })
      let journal = journalOf(made.epoch)
      await writing.begin(journal)
      const records = await recordsOf(reading)
      for (const batch of batchesOf(records)) {
        journal = writtenAfter(journal, batch)
        await writing.write(batch, journal)
        await writing.write(batch, journal)
      }
      const withoutRevs = (all: TransferRecord[]) =>
        all.map((record) => (record.type === 'message' ? { ...record, revs: null } : record))
      expect(withoutRevs(await recordsOf(writing.reading))).toEqual(withoutRevs(records))
      expect((await writing.reading.facts()).counts).toEqual((await reading.facts()).counts)
      expect((await writing.examine()).faults).toEqual([])
      await writing.finish()
      expect(await writing.state()).toEqual({ is: 'store', epoch: made.epoch })
      await writing.close()
      await reading.close()
      const carried = await open('to')
      await expectEverything(carried, made)
      await carried.close()
    })

    test('a part of a store is no store, and is there again when one comes back to it', async () => {
      const store = await open('whole')
      await makeEverything(store)
      await store.close()
      const reading = await source('whole')
      const [batch = []] = batchesOf(await recordsOf(reading))
      const begun = await target('part')
      const journal = writtenAfter(journalOf(store.epoch), batch)
      await begun.begin(journalOf(store.epoch))
      await begun.write(batch, journal)
      await begun.close()

      const opened = await open('part').catch(() => null)
      expect(opened?.epoch).not.toBe(store.epoch)
      await opened?.close()

      const again = await target('part')
      expect(await again.state()).toEqual({ is: 'partial', journal })
      // Of the conversation that it ends in, there are the messages only.
      const messagesOf = (records: TransferRecord[]) => records.filter(({ type }) => type === 'message')
      expect(messagesOf(await recordsOf(again.reading))).toHaveLength(messagesOf(batch).length)
      const fresh = journalOf('another epoch')
      await again.begin(fresh)
      expect(await again.state()).toEqual({ is: 'partial', journal: fresh })
      expect(await recordsOf(again.reading)).toEqual([])
      await again.close()
      await reading.close()
    })

    test('a store that somebody uses is neither read nor written, and nobody opens one that is', async () => {
      const store = await open('used')
      await expect(source('used')).rejects.toThrow()
      await expect(target('used')).rejects.toThrow()
      await person(store)
      await store.close()
      const reading = await source('used')
      await expect(open('used')).rejects.toThrow()
      await expect(target('used')).rejects.toThrow()
      await reading.close()
    })

    test('a store with people in it is never written to; one that nobody has used yet may be', async () => {
      const store = await open('theirs')
      await person(store)
      await store.close()
      const writing = await target('theirs')
      expect(await writing.state()).toEqual({ is: 'store', epoch: store.epoch })
      await expect(writing.begin(journalOf('another'))).rejects.toThrow(/is a store/u)
      await writing.close()
      const again = await open('theirs')
      expect(await again.users.profilesRev()).toBe(1)
      await again.close()

      await (await open('fresh')).close()
      const onFresh = await target('fresh')
      expect(await onFresh.state()).toEqual({ is: 'empty' })
      await onFresh.close()
    })

    test('there is nothing to read where no store is', async () => {
      await expect(source('nowhere')).rejects.toThrow(/no store/u)
    })
  })
}

/** Smaller than a reader gives them, so that they end within a conversation. */
function batchesOf(records: readonly TransferRecord[]): TransferRecord[][] {
  const batches: TransferRecord[][] = []
  for (let at = 0; at < records.length; at += 97) batches.push(records.slice(at, at + 97))
  return batches
}

function writtenAfter(journal: TransferJournal, batch: readonly TransferRecord[]): TransferJournal {
  const last = batch.at(-1)
  return { ...journal, place: last ? placeOf(last) : null, written: journal.written + batch.length }
}
