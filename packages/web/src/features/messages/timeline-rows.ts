// From messages in order to what is drawn: days, dividers, system lines and groups of bubbles.
// Pure: no clock, no DOM, no names. It lays out one slice; the neighbours just outside of it are given so that
// a group cut by the slice keeps its shape.
import type { ShownMessage } from '@palabre/client'
import { limits } from '@palabre/protocol'

/** Neighbours further apart than this start a new group (and system lines no longer merge). */
const groupGapMs = 5 * 60_000

export interface BubbleRow {
  readonly type: 'bubble'
  readonly key: string
  readonly shown: ShownMessage
  /** First of its group: carries the name. */
  readonly isFirst: boolean
  /** Last of its group: carries the avatar and the root. */
  readonly isLast: boolean
  /** Pictures that are drawn together, `shown` the first of them (MED-8). */
  readonly album?: readonly ShownMessage[]
}
export interface SystemRow {
  readonly type: 'system'
  readonly key: string
  /** One, or several of a kind that are told in one sentence. */
  readonly messages: readonly ShownMessage[]
}
export interface UnreadRow {
  readonly type: 'unread'
  readonly key: 'unread'
  readonly count: number
}
export type TimelineRow = BubbleRow | SystemRow | UnreadRow

export interface TimelineDay {
  readonly key: string
  /** Any time of that day, milliseconds since 1970. */
  readonly at: number
  readonly rows: readonly TimelineRow[]
}

/** Where the line "n new messages" stands: above this message, chosen once at opening. */
export interface UnreadMark {
  readonly messageId: string
  readonly count: number
}

export interface LayoutOptions {
  readonly unread: UnreadMark | null
  /** The message just before the slice, null at the beginning of history. */
  readonly before: ShownMessage | null
  /** The message just after the slice, null at the end. */
  readonly after: ShownMessage | null
  /** Tells the day of a time; the viewer's calendar by default. */
  readonly dayOf?: (at: number) => string
}

const mergeable = new Set(['members_added', 'member_removed', 'member_left'])

/** The local day as `2026-11-22`. */
function localDay(at: number): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** Lays out `messages` (in order). Keys are stable while messages come and go at either end. */
export function layoutTimeline(messages: readonly ShownMessage[], options: LayoutOptions): TimelineDay[] {
  const dayOf = options.dayOf ?? localDay
  const { unread } = options
  const isMarked = (shown: ShownMessage) => shown.message.id === unread?.messageId
  const days: { key: string; at: number; rows: TimelineRow[] }[] = []

  const breaks = (index: number): boolean => {
    const before = index === 0 ? options.before : messages[index - 1]
    const after = index === messages.length ? options.after : messages[index]
    if (!before || !after) return true
    if (isMarked(after)) return true
    return !isSameGroup(before, after, dayOf)
  }

  messages.forEach((shown, index) => {
    if (isSilent(shown)) return
    const day = dayOf(shown.message.createdAt)
    let current = days.at(-1)
    if (current === undefined || current.key !== day) {
      // A clock that went back may bring a day twice: keys stay unique.
      const isKnown = days.some((other) => other.key === day)
      if (current === undefined || !isKnown) {
        current = { key: day, at: shown.message.createdAt, rows: [] }
        days.push(current)
      }
    }
    if (unread !== null && isMarked(shown)) {
      current.rows.push({ type: 'unread', key: 'unread', count: unread.count })
    }
    if (shown.message.kind === 'system') {
      const last = current.rows.at(-1)
      if (last?.type === 'system' && merges(last.messages.at(-1), shown)) {
        current.rows[current.rows.length - 1] = { ...last, messages: [...last.messages, shown] }
      } else {
        current.rows.push({ type: 'system', key: shown.message.id, messages: [shown] })
      }
      return
    }
    const last = current.rows.at(-1)
    if (last?.type === 'bubble' && !breaks(index) && isOfAlbum(last, shown)) {
      const album = [...(last.album ?? [last.shown]), shown]
      current.rows[current.rows.length - 1] = { ...last, album, isLast: breaks(index + 1) }
      return
    }
    current.rows.push({
      type: 'bubble',
      key: shown.message.id,
      shown,
      isFirst: breaks(index),
      isLast: breaks(index + 1),
    })
  })
  return days
}

/** `days`, but with the very rows of `before` where nothing changed: what is drawn from them is not drawn again. */
export function shareRows(days: TimelineDay[], before: readonly TimelineDay[]): TimelineDay[] {
  const known = new Map(before.flatMap((day) => day.rows.map((row) => [row.key, row] as const)))
  return days.map((day) => ({
    ...day,
    rows: day.rows.map((row) => {
      const old = known.get(row.key)
      return old !== undefined && isSameRow(row, old) ? old : row
    }),
  }))
}

function isSameRow(a: TimelineRow, b: TimelineRow): boolean {
  if (a.type === 'bubble' && b.type === 'bubble') {
    const [albumA, albumB] = [a.album ?? [], b.album ?? []]
    const isSameAlbum = albumA.length === albumB.length && albumA.every((one, at) => one === albumB[at])
    return a.shown === b.shown && a.isFirst === b.isFirst && a.isLast === b.isLast && isSameAlbum
  }
  if (a.type === 'system' && b.type === 'system') {
    return a.messages.length === b.messages.length && a.messages.every((one, at) => one === b.messages[at])
  }
  return a.type === 'unread' && b.type === 'unread' && a.count === b.count
}

/** The first message of others after `readSeq` that says something; null when there is none. */
export function firstUnread(messages: readonly ShownMessage[], readSeq: number): string | null {
  const unread = messages.filter((shown) => !shown.isPending && !shown.isMine && shown.message.seq > readSeq)
  const first = unread.find((shown) => shown.message.kind !== 'system') ?? unread[0]
  return first?.message.id ?? null
}

/** Whether a picture joins those before it. What has something of its own to show stands alone. */
function isOfAlbum(row: BubbleRow, { message }: ShownMessage): boolean {
  const before = (row.album?.at(-1) ?? row.shown).message
  return (
    albumOf(message) !== null &&
    albumOf(message) === albumOf(before) &&
    before.reactions.length === 0 &&
    message.reactions.length === 0 &&
    message.replyTo === null &&
    'text' in message.body &&
    message.body.text === '' &&
    (row.album?.length ?? 1) < limits.albumMessages
  )
}

function albumOf({ body, deletedAt }: ShownMessage['message']): string | null {
  return 'albumId' in body && deletedAt === null ? body.albumId : null
}

/** That a direct conversation was opened is nothing to tell. */
function isSilent({ message }: ShownMessage): boolean {
  return (
    message.kind === 'system' && message.body.event === 'conversation_created' && message.body.title === null
  )
}

function isSameGroup(a: ShownMessage, b: ShownMessage, dayOf: (at: number) => string): boolean {
  return (
    a.message.kind !== 'system' &&
    b.message.kind !== 'system' &&
    a.message.senderId === b.message.senderId &&
    b.message.createdAt - a.message.createdAt < groupGapMs &&
    dayOf(a.message.createdAt) === dayOf(b.message.createdAt) &&
    // What failed speaks for itself: its sentence stands below it.
    a.state !== 'failed' &&
    b.state !== 'failed'
  )
}

function merges(a: ShownMessage | undefined, b: ShownMessage): boolean {
  if (a === undefined || a.message.kind !== 'system' || b.message.kind !== 'system') return false
  const event = b.message.body.event
  return (
    a.message.body.event === event &&
    mergeable.has(event) &&
    (event === 'member_left' || a.message.senderId === b.message.senderId) &&
    b.message.createdAt - a.message.createdAt < groupGapMs
  )
}
