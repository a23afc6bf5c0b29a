import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AccountValue } from '../account.ts'
import type { ConversationId, MessageId } from '../ids.ts'
import {
  archivedAt,
  hideKey,
  isDeletedAt,
  isMutedAt,
  keptKey,
  keptOf,
  nothingKept,
  settleEntry,
} from './kept.ts'
import { limits } from '../limits.ts'

const id = '01890000-0000-7000-8000-000000000001' as ConversationId
const messageId = '01890000-0000-7000-8000-000000000002' as MessageId
const now = 1_000_000

test('[KEEP-1] in whatever order changes come, what was done last is kept', () => {
  const changes = fc.uniqueArray(fc.record({ at: fc.nat(1_000), isPinned: fc.boolean() }), {
    selector: ({ at }) => at,
    minLength: 1,
  })
  const settled = (values: AccountValue[]) => values.reduce<AccountValue | null>(settleEntry, null)
  fc.assert(
    fc.property(changes, (values) => {
      const last = values.toSorted((a, b) => a.at - b.at).at(-1)
      expect(settled(values)).toEqual(last)
      expect(settled(values.toReversed())).toEqual(last)
    }),
  )
})

test('[KEEP-1] what was cleared stays cleared, whenever somebody said so', () => {
  const further = { at: 1, clearedSeq: 9, isDeleted: false }
  expect(settleEntry(further, { at: 5, clearedSeq: 8, isDeleted: true })).toBe(further)
  expect(settleEntry({ at: 5, clearedSeq: 8, isDeleted: true }, further)).toBe(further)
})

test('[KEEP-3] a conversation is muted until its time is over', () => {
  expect(isMutedAt({ mutedUntil: null }, now)).toBe(false)
  expect(isMutedAt({ mutedUntil: now }, now)).toBe(false)
  expect(isMutedAt({ mutedUntil: now + 1 }, now)).toBe(true)
  expect(isMutedAt({ mutedUntil: limits.muteAlways }, now)).toBe(true)
})

test('[KEEP-4] a message brings back what was archived, unless it is muted', () => {
  const archive = { at: 7, seq: 3 }
  expect(archivedAt({ archive, mutedUntil: null }, 3, now)).toBe(7)
  expect(archivedAt({ archive, mutedUntil: null }, 4, now)).toBeNull()
  expect(archivedAt({ archive, mutedUntil: now + 1 }, 4, now)).toBe(7)
  expect(archivedAt({ archive, mutedUntil: now }, 4, now)).toBeNull()
})

test('[KEEP-7] deleted is what was said up to then, and nothing later', () => {
  expect(isDeletedAt({ isDeleted: true, clearedSeq: 3 }, 3)).toBe(true)
  expect(isDeletedAt({ isDeleted: true, clearedSeq: 3 }, 4)).toBe(false)
  expect(isDeletedAt({ isDeleted: false, clearedSeq: 3 }, 3)).toBe(false)
})

test('entries of one conversation become what is kept of it; those of others do not', () => {
  const other = id.replace(/1$/, '9') as ConversationId
  const kept = keptOf(id, [
    { key: keptKey('pin', id), value: { at: 4, isPinned: true } },
    { key: keptKey('unread', id), value: { at: 4, isMarkedUnread: true } },
    { key: keptKey('clear', id), value: { at: 4, clearedSeq: 2, isDeleted: false } },
    { key: hideKey(id, messageId), value: { at: 4, hiddenSeq: 3 } },
    { key: keptKey('mute', other), value: { at: 4, mutedUntil: 9 } },
    { key: keptKey('archive', id), value: null },
  ])
  expect(kept).toEqual({
    ...nothingKept,
    pinnedAt: 4,
    isMarkedUnread: true,
    clearedSeq: 2,
    hidden: new Set([messageId]),
  })
})
