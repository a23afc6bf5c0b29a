// The contract of reports, of what they hold, and of bytes that were removed for good.
import { createHash } from 'node:crypto'
import { v7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import {
  ReportId,
  type ConversationId,
  type CopiedMessage,
  type MediaId,
  type MessageId,
  type User,
} from '@palabre/protocol'
import type { BlobId } from '../../blobs/port.ts'
import type { ReportRow } from '../port/reports.ts'
import type { Store } from '../port/store.ts'
import { newUserId, person, start, upTo, type StoreOf } from './kit.ts'

export function copyBy(sender: User, given: Partial<CopiedMessage> = {}): CopiedMessage {
  return {
    id: v7() as MessageId,
    seq: 2,
    senderId: sender.id,
    senderName: sender.displayName,
    kind: 'text',
    createdAt: start,
    editedAt: null,
    said: 'what was said',
    media: null,
    ...given,
  }
}

export function reportBy(reporter: User, subject: User, given: Partial<ReportRow> = {}): ReportRow {
  const copies = given.copies ?? [copyBy(subject)]
  return {
    id: ReportId.parse(v7()),
    at: start,
    reporterId: reporter.id,
    subjectId: subject.id,
    conversationId: v7() as ConversationId,
    messageId: copies.at(-1)?.id ?? null,
    reason: 'harassment',
    words: 'my own words',
    copies,
    closedAt: null,
    closedBy: null,
    outcome: null,
    ...given,
  }
}

/** A finished upload, and how a copy names it. */
async function fileOf(store: Store, owner: User): Promise<Pick<CopiedMessage, 'media'>> {
  const id = v7() as MediaId
  const blobId = createHash('sha256').update(id).digest('hex') as BlobId
  const upload = {
    id,
    ownerId: owner.id,
    purpose: 'file',
    name: 'a.bin',
    declaredBytes: 9,
    now: start,
  } as const
  await store.media.begin(upload, { unfinished: 9, bytes: 9_000 })
  await store.media.reserve(blobId, start)
  const shape = { contentType: 'application/octet-stream', bytes: 9, width: null, height: null }
  await store.media.settle(id, { found: { ...shape, blobId, placeholder: null, thumbId: null } }, start)
  return { media: { ...shape, id, sha256: blobId, name: 'a.bin', hasThumbnail: false } }
}

/** Each method of the port, and of media what is for reports: for whoever listens to what an engine is asked. */
export async function askOfReports(store: Store, [alice, bob, carol]: [User, User, User]): Promise<void> {
  const { reports, media } = store
  const filed = await reports.file(reportBy(alice, bob))
  await reports.file(reportBy(alice, bob, { copies: filed.copies }))
  await reports.byId(filed.id)
  for (const isOpen of [true, false])
    for (const before of [null, filed.id]) await reports.list({ isOpen, except: alice.id, before, limit: 20 })
  await reports.of(bob.id, 'subject')
  const medium = v7() as MediaId
  await reports.shows(medium)
  await reports.close(filed.id, { outcome: 'warned', closedBy: alice.id, closedAt: start })
  await reports.forgetClosed(start)
  const blob = 'e'.repeat(64) as BlobId
  await reports.ban(blob, start)
  await reports.isBanned(blob)
  await media.ofBlob(blob)
  await media.shownIn(medium, 20)
  await reports.file(reportBy(carol, bob))
}

export function reportsContract(storeOf: StoreOf): void {
  describe('reports', () => {
    test('[REP-1] of many reports of one matter by one person one is open at a time', async () => {
      const { reports } = storeOf()
      const [alice, bob, carol] = [await person(storeOf()), await person(storeOf()), await person(storeOf())]
      const row = reportBy(alice, bob)
      const again = () => reportBy(alice, bob, { copies: row.copies })
      const filed = await Promise.all([row, again(), again()].map((one) => reports.file(one)))
      const [kept] = filed
      expect(filed).toEqual([kept, kept, kept])
      const other = await reports.file(reportBy(carol, bob, { copies: row.copies }))
      expect(other.id).not.toBe(kept?.id)
      const id = kept?.id ?? row.id
      expect(await reports.byId(id)).toEqual(kept)
      const end = { outcome: 'warned', closedBy: carol.id, closedAt: start + 5 } as const
      const ends = await Promise.all(upTo(4).map(() => reports.close(id, end)))
      expect(ends.filter((closed) => closed !== null)).toEqual([{ ...kept, ...end }])
      expect((await reports.file(again())).id).not.toBe(id)
      expect(await reports.close(ReportId.parse(v7()), end)).toBeNull()
    })

    test('[REP-3] [REP-8] they are read the latest first, by pages, but for those about oneself', async () => {
      const { reports } = storeOf()
      const [alice, bob, carol] = [await person(storeOf()), await person(storeOf()), await person(storeOf())]
      const rows: ReportRow[] = []
      for (const subject of [bob, carol, bob]) rows.push(await reports.file(reportBy(alice, subject)))
      const [first, ofCarol, last] = rows
      const list = (except: User, before: ReportRow | undefined, isOpen = true) =>
        reports.list({ isOpen, except: except.id, before: before?.id ?? null, limit: 2 })
      expect(await list(alice, undefined)).toEqual([last, ofCarol])
      expect((await list(alice, ofCarol))[0]).toEqual(first)
      expect(await list(carol, undefined)).toEqual([last, first])
      expect(await reports.of(bob.id, 'subject')).toEqual([first, last])
      expect(await reports.of(alice.id, 'reporter')).toEqual(rows)
      expect(await reports.of(bob.id, 'reporter')).toEqual([])
      const end = { outcome: 'dismissed', closedBy: carol.id, closedAt: start } as const
      if (last !== undefined) await reports.close(last.id, end)
      expect(await list(alice, undefined)).toEqual([ofCarol, first])
      expect((await list(alice, undefined, false))[0]?.id).toBe(last?.id)
      expect(await reports.forgetClosed(start)).toBe(0)
      expect(await reports.forgetClosed(start + 1)).toBe(1)
      expect(await reports.of(bob.id, 'subject')).toEqual([first])
    })

    test('[REP-6] an open report holds its files, unless their bytes are banned', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const [held, banned] = [await fileOf(store, bob), await fileOf(store, bob)]
      const ids = [held, banned].map(({ media }) => media?.id ?? (v7() as MediaId))
      const [heldId, bannedId] = ids as [MediaId, MediaId]
      const row = await store.reports.file(
        reportBy(alice, bob, { copies: [copyBy(bob, held), copyBy(bob, banned)] }),
      )
      for (const id of ids) {
        expect(await store.reports.shows(id)).toBe(true)
        expect(await store.media.drop(id, start + 9)).toBe(false)
      }
      const blobId = (banned.media?.sha256 ?? '') as BlobId
      expect(await store.reports.isBanned(blobId)).toBe(false)
      for (const _ of upTo(2)) await store.reports.ban(blobId, start)
      expect(await store.reports.isBanned(blobId)).toBe(true)
      expect((await store.media.ofBlob(blobId)).map(({ id }) => id)).toEqual([bannedId])
      expect(await store.media.shownIn(bannedId, 9)).toEqual([])
      expect(await store.media.drop(bannedId, start + 9)).toBe(true)
      expect(await store.media.drop(heldId, start + 9)).toBe(false)
      await store.reports.close(row.id, { outcome: 'dismissed', closedBy: bob.id, closedAt: start })
      expect(await store.reports.shows(heldId)).toBe(false)
      expect(await store.media.drop(heldId, start + 9)).toBe(true)
      expect(await store.reports.shows(v7() as MediaId)).toBe(false)
    })

    test('[ERASE-7] who is erased is taken out of every report, and what is about them goes', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const file = await fileOf(store, carol)
      const mine = await store.reports.file(
        reportBy(carol, bob, { copies: [copyBy(carol, { said: 'canary', ...file }), copyBy(bob)] }),
      )
      const about = await store.reports.file(reportBy(alice, carol))
      const beside = await store.reports.file(
        reportBy(alice, bob, { copies: [copyBy(carol, { said: 'canary' }), copyBy(bob)] }),
      )
      await store.erasures.tombstone(carol.id)
      expect(await store.reports.byId(about.id)).toBeNull()
      const [left, other] = [await store.reports.byId(mine.id), await store.reports.byId(beside.id)]
      expect(left).toMatchObject({ reporterId: null, words: '', subjectId: bob.id, closedAt: null })
      for (const row of [left, other])
        expect(row?.copies).toMatchObject([
          { senderId: null, senderName: '', said: '', media: null },
          { senderId: bob.id, said: 'what was said' },
        ])
      expect(other).toMatchObject({ reporterId: alice.id, words: 'my own words' })
      expect(JSON.stringify([left, other])).not.toMatch(new RegExp(`canary|${carol.id}`))
      expect(await store.reports.shows(file.media?.id ?? (v7() as MediaId))).toBe(false)
      expect(await store.reports.of(carol.id, 'reporter')).toEqual([])
      await store.erasures.tombstone(newUserId())
    })
  })
}
