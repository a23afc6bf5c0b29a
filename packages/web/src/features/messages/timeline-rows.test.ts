import { describe, expect, test } from 'vitest'
import type { ShownMessage } from '@palabre/client'
import type { Message } from '@palabre/protocol'
import {
  firstUnread,
  layoutTimeline,
  shareRows,
  type LayoutOptions,
  type TimelineDay,
} from './timeline-rows.ts'

const noon = Date.UTC(2026, 10, 22, 12)
const minute = 60_000
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)
const alone: LayoutOptions = { unread: null, before: null, after: null, dayOf }

function text(seq: number, senderId: string, at: number, more: Partial<ShownMessage> = {}): ShownMessage {
  return shown(seq, senderId, at, { kind: 'text', body: { text: `m${seq}` } }, more)
}
function system(seq: number, senderId: string, at: number, userId: string): ShownMessage {
  return shown(seq, senderId, at, { kind: 'system', body: { event: 'members_added', userIds: [userId] } })
}
function shown(
  seq: number,
  senderId: string,
  at: number,
  what: { kind: string; body: unknown },
  more: Partial<ShownMessage> = {},
): ShownMessage {
  const message = { id: `id${seq}`, seq, senderId, createdAt: at, ...what } as unknown as Message
  const isMine = senderId === 'me'
  return { message, isMine, state: null, isPending: false, error: null, isChanging: false, ...more }
}

/** `[awa m1` = first of awa's group, `m2]` = last; `|` = the unread line; `+2` = a system line of two. */
function drawn(days: TimelineDay[]): string {
  return days
    .map((day) => {
      const rows = day.rows.map((row) => {
        if (row.type === 'unread') return `|${row.count}`
        if (row.type === 'system') return `+${row.messages.length}`
        return `${row.isFirst ? '[' : ''}${row.shown.message.seq}${row.isLast ? ']' : ''}`
      })
      return `${day.key.slice(5)}: ${rows.join(' ')}`
    })
    .join(' / ')
}

describe('layoutTimeline', () => {
  test('neighbours of one sender within five minutes are a group', () => {
    const messages = [
      text(1, 'awa', noon),
      text(2, 'awa', noon + minute),
      text(3, 'awa', noon + 6 * minute),
      text(4, 'me', noon + 6 * minute),
    ]
    expect(drawn(layoutTimeline(messages, alone))).toBe('11-22: [1 2] [3] [4]')
  })

  test('[MED-8] pictures of one album are drawn together, but for what has words or reactions of its own', () => {
    const picture = (seq: number, albumId: string | null, more: object = {}) =>
      shown(seq, 'awa', noon, {
        kind: 'image',
        body: { text: '', media: null, albumId },
        ...{ reactions: [], replyTo: null, deletedAt: null },
        ...more,
      })
    const messages = [
      picture(1, 'a', { body: { text: 'At the beach', media: null, albumId: 'a' } }),
      picture(2, 'a'),
      picture(3, 'a', { reactions: [{ emoji: '👍', userIds: ['me'] }] }),
      picture(4, 'a', { deletedAt: noon }),
      picture(5, 'b'),
      picture(6, 'b'),
      picture(7, null),
      picture(8, null),
    ]
    const albums = layoutTimeline(messages, alone).flatMap((day) =>
      day.rows.map((row) =>
        row.type === 'bubble' ? (row.album ?? [row.shown]).map((one) => one.message.seq) : [],
      ),
    )
    expect(albums).toEqual([[1, 2], [3], [4], [5, 6], [7], [8]])
  })

  test('a day and a system line break a group', () => {
    const late = Date.UTC(2026, 10, 21, 23, 59)
    const messages = [
      text(1, 'awa', late),
      text(2, 'awa', late + 2 * minute),
      system(3, 'awa', late + 2 * minute, 'paul'),
      text(4, 'awa', late + 3 * minute),
    ]
    expect(drawn(layoutTimeline(messages, alone))).toBe('11-21: [1] / 11-22: [2] +1 [4]')
  })

  test('system lines of a kind merge within five minutes', () => {
    const messages = [
      system(1, 'awa', noon, 'paul'),
      system(2, 'awa', noon + minute, 'nadia'),
      system(3, 'moussa', noon + minute, 'thomas'),
      system(4, 'moussa', noon + 9 * minute, 'ellen'),
    ]
    expect(drawn(layoutTimeline(messages, alone))).toBe('11-22: +2 +1 +1')
  })

  test('the unread line stands above its message, and breaks the group', () => {
    const unread = { messageId: 'id2', count: 2 }
    const messages = [text(1, 'awa', noon), text(2, 'awa', noon), text(3, 'awa', noon)]
    expect(drawn(layoutTimeline(messages, { ...alone, unread }))).toBe('11-22: [1] |2 [2 3]')
    expect(drawn(layoutTimeline(messages.slice(2), { ...alone, unread, before: messages[1] ?? null }))).toBe(
      '11-22: 3]',
    )
  })

  test('the first unread is of others, and rather a word than what happened to the group', () => {
    const messages = [
      text(1, 'awa', noon),
      text(2, 'me', noon),
      system(3, 'awa', noon, 'paul'),
      text(4, 'awa', noon),
    ]
    expect(firstUnread(messages, 0)).toBe('id1')
    expect(firstUnread(messages, 1)).toBe('id4')
    expect(firstUnread(messages.slice(0, 3), 1)).toBe('id3')
    expect(firstUnread(messages, 4)).toBeNull()
  })

  test('that a direct conversation was opened is not told', () => {
    const body = { event: 'conversation_created', title: null, memberIds: [] }
    expect(layoutTimeline([shown(1, 'awa', noon, { kind: 'system', body })], alone)).toEqual([])
  })

  test('groups cut by the slice keep their shape', () => {
    const options = { ...alone, before: text(1, 'awa', noon), after: text(3, 'awa', noon) }
    expect(drawn(layoutTimeline([text(2, 'awa', noon)], options))).toBe('11-22: 2')
  })

  test('a failed message stands alone', () => {
    const messages = [text(1, 'me', noon), text(2, 'me', noon, { state: 'failed' }), text(3, 'me', noon)]
    expect(drawn(layoutTimeline(messages, alone))).toBe('11-22: [1] [2] [3]')
  })

  test('a clock that went back makes no day twice', () => {
    const messages = [
      text(1, 'awa', noon - 24 * 60 * minute),
      text(2, 'awa', noon),
      text(3, 'awa', noon - 24 * 60 * minute),
    ]
    expect(layoutTimeline(messages, alone).map((day) => day.key)).toEqual(['2026-11-21', '2026-11-22'])
  })

  test('rows that did not change are the same objects', () => {
    const messages = [text(1, 'awa', noon), text(2, 'awa', noon), text(3, 'me', noon)]
    const before = layoutTimeline(messages, alone)
    const after = shareRows(layoutTimeline([...messages, text(4, 'me', noon)], alone), before)
    const same = after[0]?.rows.map((row, at) => row === before[0]?.rows[at])
    expect(same).toEqual([true, true, false, false])
  })
})
