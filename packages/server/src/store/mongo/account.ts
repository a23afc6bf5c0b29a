// The account's log over MongoDB: one document a key, dense revs a user by a unique index. A value that was taken away
// leaves its document, so that its rev is told. Values are kept as JSON text: opaque here, and compared as text.
import type { Collection, Db, IndexDescription } from 'mongodb'
import type { AccountEntry, UserId } from '@palabre/protocol'
import type { AccountStore } from '../port/account.ts'
import { createLanes, revsKept, untilTaken } from './taking.ts'

export interface AccountDocument {
  /** The user's id, a space, the key. */
  _id: string
  userId: UserId
  key: string
  rev: number
  revs: number[]
  value: string | null
}

export const accountIndexes: readonly IndexDescription[] = [
  { key: { userId: 1, revs: 1 }, unique: true },
  { key: { userId: 1, rev: 1 } },
]

const contactPrefix = 'contact:'

export function accountOf(db: Db): Collection<AccountDocument> {
  return db.collection<AccountDocument>('account')
}

export function mongoAccount(db: Db): AccountStore {
  const entries = accountOf(db)
  const lanes = createLanes()

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
      await entries.insertOne({ ...now, revs: [rev] })
      return true
    }
    const { matchedCount } = await entries.updateOne(
      { _id: { $eq: _id }, rev: { $eq: before.rev } },
      { $set: { rev, value }, $push: { revs: { $each: [rev], $slice: -revsKept } } },
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
          const rev = (await highestRev(userId)) + 1
          tried.add(rev)
          return (await store(before, { _id, userId, key, rev, value: text }))
            ? { rev, key, value }
            : undefined
        })
      }),
    rev: highestRev,
    async since(userId, rev) {
      const there = rev > 0 ? {} : { value: { $ne: null } }
      const found = await entries
        .find({ userId: { $eq: userId }, rev: { $gt: rev }, ...there })
        .sort({ rev: 1 })
        .toArray()
      return found.map((entry) => ({
        rev: entry.rev,
        key: entry.key,
        value: entry.value === null ? null : (JSON.parse(entry.value) as AccountEntry['value']),
      }))
    },
  }
}

/** Whom somebody has among their contacts. */
export async function contactsOf(db: Db, userId: UserId): Promise<UserId[]> {
  const from = `${userId} ${contactPrefix}`
  const found = await accountOf(db)
    .find({ _id: { $gte: from, $lt: `${from}\u{10FFFF}` }, value: { $ne: null } }, { projection: { key: 1 } })
    .toArray()
  return found.map(({ key }) => key.slice(contactPrefix.length) as UserId)
}
