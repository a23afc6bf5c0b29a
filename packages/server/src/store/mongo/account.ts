// The account's log over MongoDB: one document a key, dense revs a user by a unique index. A value that was taken away
// leaves its document, so that its rev is told. Values are kept as JSON text: opaque here, and compared as text.
import type { Collection, Db, Filter, IndexDescription } from 'mongodb'
import {
  contactKey,
  hideKey,
  isSilenced,
  keptKey,
  schedulePrefix,
  settleEntry,
  silenceKey,
  type AccountEntry,
  type ScheduleValue,
  type UserId,
} from '@palabre/protocol'
import type { AccountStore } from '../port/account.ts'
import { gathered } from './gathered.ts'
import { createLanes, revsKept, untilTaken } from './taking.ts'

export interface AccountDocument {
  /** The user's id, a space, the key. */
  _id: string
  userId: UserId
  key: string
  rev: number
  revs: number[]
  value: string | null
  /** About a conversation, and so looked for by it; absent otherwise. */
  isKept?: true
  /** When it is to be sent; absent where nothing is. */
  dueAt?: number
}

const contactPrefix = contactKey('' as UserId)
const keptStart = 'conversation:'

/** What a document is found by besides its key and rev. */
function foundBy(key: string, value: string | null): Pick<AccountDocument, 'isKept' | 'dueAt'> {
  if (key.startsWith(keptStart)) return { isKept: true }
  if (value === null || !key.startsWith(schedulePrefix)) return {}
  const { sendAt } = JSON.parse(value) as ScheduleValue
  return sendAt === null ? {} : { dueAt: sendAt }
}

export const accountIndexes: readonly IndexDescription[] = [
  { key: { userId: 1, revs: 1 }, unique: true },
  { key: { userId: 1, rev: 1 } },
  // Who has cleared a conversation, or deleted a message for themselves: whoever tells of a change asks.
  { key: { key: 1 }, partialFilterExpression: { isKept: { $eq: true } } },
  // What is to be sent later: every node looks for what is due.
  { key: { dueAt: 1 }, partialFilterExpression: { dueAt: { $gte: 0 } } },
]

export function accountOf(db: Db): Collection<AccountDocument> {
  return db.collection<AccountDocument>('account')
}

export function mongoAccount(db: Db): AccountStore {
  const entries = accountOf(db)
  const lanes = createLanes()

  /** By the beginnings of their ids. Many are asked for at once: a list of conversations asks for each of them. */
  const underOne = gathered(async (starts: string[]) => {
    const found = await entries
      .find({ $or: starts.map(beginning) })
      .sort({ _id: 1 })
      .toArray()
    return new Map(
      starts.map((start) => [start, found.filter(({ _id }) => _id.startsWith(start)).map(entryFrom)]),
    )
  })

  async function highestRev(userId: UserId): Promise<number> {
    const highest = await entries.findOne(
      { userId: { $eq: userId } },
      { sort: { rev: -1 }, projection: { rev: 1 } },
    )
    return highest?.rev ?? 0
  }

  /** Stores `value` under `rev`; false when the entry is not what was read any more. */
  async function store(before: AccountDocument | null, now: Omit<AccountDocument, 'revs'>): Promise<boolean> {
    const { _id, rev, value } = now
    if (before === null) {
      await entries.insertOne(accountDocument({ ...now, revs: [rev] }))
      return true
    }
    const { matchedCount } = await entries.updateOne(
      { _id: { $eq: _id }, rev: { $eq: before.rev } },
      {
        $set: { rev, value, ...foundBy(now.key, value) },
        ...(foundBy(now.key, value).dueAt === undefined && { $unset: { dueAt: '' } }),
        $push: { revs: { $each: [rev], $slice: -revsKept } },
      },
    )
    return matchedCount === 1
  }

  return {
    put: (userId, key, value) =>
      lanes.run(userId, () => {
        const text = value === null ? null : JSON.stringify(value)
        const _id = `${userId} ${key}`
        // What this call has tried: a write whose answer was lost is its own, and not somebody's before it.
        const tried = new Set<number>()
        return untilTaken<AccountEntry | null>(async () => {
          const before = await entries.findOne({ _id: { $eq: _id } })
          if ((before?.value ?? null) === text)
            return before !== null && tried.has(before.rev) ? { rev: before.rev, key, value } : null
          if (settleEntry(before === null ? null : valueOf(before), value) !== value) return null
          const rev = (await highestRev(userId)) + 1
          tried.add(rev)
          return (await store(before, { _id, userId, key, rev, value: text }))
            ? { rev, key, value }
            : undefined
        })
      }),
    rev: highestRev,
    async since(userId, rev, limit = 0) {
      const there = rev > 0 ? {} : { value: { $ne: null } }
      const found = await entries
        .find({ userId: { $eq: userId }, rev: { $gt: rev }, ...there })
        .sort({ rev: 1 })
        .limit(limit)
        .toArray()
      return found.map(entryFrom)
    },
    under: async (userId, prefix) => (await underOne(`${userId} ${prefix}`)) ?? [],
    async due(now, limit) {
      const found = await entries
        .find({ dueAt: { $gte: 0, $lte: now } })
        .sort({ dueAt: 1 })
        .limit(limit)
        .toArray()
      return found.flatMap(({ userId, key, value }) =>
        value === null ? [] : [{ userId, key, value: JSON.parse(value) as ScheduleValue }],
      )
    },
    async holdersOf(key) {
      const found = await entries
        .find({ key: { $eq: key }, isKept: { $eq: true }, value: { $ne: null } })
        .toArray()
      return new Map(found.map((entry) => [entry.userId, valueOf(entry)]))
    },
    async unseenBy(conversationId, message) {
      const { id, seq } = message
      const hide = hideKey(conversationId, id)
      const found = await entries
        .find({
          key: { $in: [hide, silenceKey(conversationId), keptKey('clear', conversationId)] },
          isKept: { $eq: true },
          value: { $ne: null },
        })
        .toArray()
      const unseen = new Map<UserId, 'cleared' | 'hidden'>()
      for (const { userId, key } of found) if (key === hide) unseen.set(userId, 'hidden')
      for (const entry of found) {
        const value = valueOf(entry)
        if (value !== null && 'silences' in value && isSilenced(value.silences, message, entry.userId))
          unseen.set(entry.userId, 'hidden')
        if (value !== null && 'clearedSeq' in value && value.clearedSeq >= seq)
          unseen.set(entry.userId, 'cleared')
      }
      return unseen
    },
  }
}

/** An entry as it is stored. */
export function accountDocument(entry: Omit<AccountDocument, 'isKept' | 'dueAt'>): AccountDocument {
  return { ...entry, ...foundBy(entry.key, entry.value) }
}

function valueOf({ value }: Pick<AccountDocument, 'value'>): AccountEntry['value'] {
  return value === null ? null : (JSON.parse(value) as AccountEntry['value'])
}

function entryFrom(document: Pick<AccountDocument, 'rev' | 'key' | 'value'>): AccountEntry {
  return { rev: document.rev, key: document.key, value: valueOf(document) }
}

/** Entries whose ids begin with `from`; not those taken away. */
function beginning(from: string): Filter<AccountDocument> {
  return { _id: { $gte: from, $lt: `${from}\u{10FFFF}` }, value: { $ne: null } }
}

/** Of one person, in one question: those that are there and whose key begins with `prefix`. */
export async function entriesUnder(db: Db, userId: UserId, prefix: string): Promise<AccountEntry[]> {
  return (
    await accountOf(db)
      .find(beginning(`${userId} ${prefix}`))
      .toArray()
  ).map(entryFrom)
}

/** Whom somebody has among their contacts. */
export async function contactsOf(db: Db, userId: UserId): Promise<UserId[]> {
  const found = await accountOf(db)
    .find(beginning(`${userId} ${contactPrefix}`), { projection: { key: 1 } })
    .toArray()
  return found.map(({ key }) => key.slice(contactPrefix.length) as UserId)
}
