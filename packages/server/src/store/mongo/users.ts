// Accounts and profiles over MongoDB. A profile's `rev` is the next of the whole store: the highest there is, plus one,
// refused by the unique index on `revs` to all but one. Names are one account's by unique indexes, so a registration
// whose answer was lost is found again by its id.
import type { Collection, Db, Filter, IndexDescription } from 'mongodb'
import { isErased, PalabreError, type AccountRole, type User, type UserId } from '@palabre/protocol'
import { plain, rangeOf, shownName, termsOf } from '../port/names.ts'
import type { UserStore } from '../port/users.ts'
import { contactsOf } from './account.ts'
import { membershipsOf } from './rows.ts'
import { createLanes, revsKept, untilTaken } from './taking.ts'

export interface UserDocument {
  _id: UserId
  username: string
  /** Names that look alike have the same (SECURITY §5.4). */
  skeleton: string
  displayName: string
  /** The order of lists. */
  sortName: string
  about: string
  avatarId: string | null
  rev: number
  /** The revs it had, the latest: a number that was taken stays taken. */
  revs: number[]
  passwordHash: string
  createdAt: number
  /** Absent or null: they may sign in. */
  suspendedAt?: number | null
  /** Absent: a member. */
  role?: AccountRole
  /** Absent or null: by nobody, or by the server itself. */
  invitedBy?: UserId | null
  /** What a person is found by. */
  terms: string[]
}

export const usersIndexes: readonly IndexDescription[] = [
  { key: { username: 1 }, unique: true },
  { key: { skeleton: 1 }, unique: true },
  { key: { revs: 1 }, unique: true },
  { key: { rev: 1 } },
  { key: { terms: 1 } },
  { key: { role: 1 } },
]

const profile = { username: 1, displayName: 1, about: 1, avatarId: 1, rev: 1 } as const

/** All changes of profiles in this process stand in one queue. */
const lane = 'users'

/**
 * How the user changed last is found. With the index named: while a server's statistics say that there are few, it reads
 * and sorts them all.
 */
export const newestRev = { sort: { rev: -1 }, projection: { rev: 1 }, hint: { rev: 1 } } as const

export function usersOf(db: Db): Collection<UserDocument> {
  return db.collection<UserDocument>('users')
}

export function mongoUsers(db: Db): UserStore {
  const users = usersOf(db)
  const lanes = createLanes()

  async function highestRev(): Promise<number> {
    const highest = await users.findOne({}, newestRev)
    return highest?.rev ?? 0
  }

  async function one(filter: Filter<UserDocument>): Promise<User | null> {
    const found = await users.findOne(filter, { projection: profile })
    return found === null ? null : userFrom(found)
  }

  async function isNamed(username: string, skeleton: string): Promise<boolean> {
    const projection = { _id: 1 } as const
    const [same, alike] = await Promise.all([
      users.findOne({ username: { $eq: username } }, { projection }),
      users.findOne({ skeleton: { $eq: skeleton } }, { projection }),
    ])
    return same !== null || alike !== null
  }

  /** Whose profiles concern somebody: themself, their contacts, who shares a conversation with them. */
  async function knownTo(userId: UserId): Promise<UserId[]> {
    const [contacts, coMembers] = await Promise.all([contactsOf(db, userId), coMembersOf(db, userId)])
    return [...new Set([userId, ...contacts, ...coMembers])]
  }

  return {
    create: ({ id, username, skeleton, displayName, passwordHash, now, role = 'member', invitedBy = null }) =>
      lanes.run(lane, () =>
        untilTaken(async () => {
          const mine = await users.findOne({ _id: { $eq: id } })
          if (mine?.passwordHash === passwordHash) return userFrom(mine)
          if (await isNamed(username, skeleton)) throw new PalabreError('USERNAME_TAKEN')
          const rev = (await highestRev()) + 1
          const document = {
            _id: id,
            username,
            skeleton,
            displayName,
            sortName: plain(displayName),
            about: '',
            avatarId: null,
            rev,
            revs: [rev],
            passwordHash,
            createdAt: now,
            role: rev === 1 ? ('operator' as const) : role,
            invitedBy,
            terms: termsOf(username, displayName),
          }
          await users.insertOne(document)
          return userFrom(document)
        }),
      ),
    byId: (id) => one({ _id: { $eq: id } }),
    async byIds(ids) {
      if (ids.length === 0) return []
      const found = await users.find({ _id: { $in: ids } }, { projection: profile }).toArray()
      return found.map(userFrom)
    },
    async byUsername(username) {
      const found = await one({ username: { $eq: username } })
      return found === null || isErased(found) ? null : found
    },
    async credentials(username) {
      const found = await users.findOne(
        { username: { $eq: username } },
        { projection: { ...profile, passwordHash: 1 } },
      )
      if (found === null || found.passwordHash === '') return null
      return { user: userFrom(found), passwordHash: found.passwordHash }
    },
    async roleOf(id) {
      const found = await users.findOne({ _id: { $eq: id } }, { projection: { role: 1 } })
      return found === null ? null : (found.role ?? 'member')
    },
    setRole: (id, role) =>
      lanes.run(lane, async () => {
        const operators = await users
          .find({ role: { $eq: 'operator' } }, { projection: { _id: 1 } })
          .limit(2)
          .toArray()
        const isLast = operators.length === 1 && operators[0]?._id === id
        if (isLast && role !== 'operator') throw new PalabreError('OPERATOR_REQUIRED')
        const { matchedCount } = await users.updateOne({ _id: { $eq: id } }, { $set: { role } })
        if (matchedCount === 0) throw new PalabreError('USER_NOT_FOUND')
      }),
    async isEmpty() {
      return (await users.findOne({ rev: { $gt: 0 } }, { projection: { _id: 1 } })) === null
    },
    async setPasswordHash(id, passwordHash) {
      await users.updateOne({ _id: { $eq: id } }, { $set: { passwordHash } })
    },
    update: (id, patch) =>
      lanes.run(lane, () =>
        untilTaken(async () => {
          const found = await users.findOne({ _id: { $eq: id } }, { projection: profile })
          if (found === null) return null
          const user = userFrom(found)
          const displayName = patch.displayName ?? user.displayName
          const about = patch.about ?? user.about
          const avatarId = patch.avatarId === undefined ? user.avatarId : patch.avatarId
          if (displayName === user.displayName && about === user.about && avatarId === user.avatarId)
            return user
          const rev = (await highestRev()) + 1
          const { matchedCount } = await users.updateOne(
            { _id: { $eq: id }, rev: { $eq: user.rev } },
            {
              $set: {
                displayName,
                sortName: plain(displayName),
                about,
                avatarId,
                terms: termsOf(user.username, displayName),
                rev,
              },
              $push: { revs: { $each: [rev], $slice: -revsKept } },
            },
          )
          return matchedCount === 0 ? undefined : { ...user, displayName, about, avatarId, rev }
        }),
      ),
    touch: (id) =>
      lanes.run(lane, () =>
        untilTaken(async () => {
          const found = await users.findOne({ _id: { $eq: id } }, { projection: profile })
          if (found === null) return null
          const user = userFrom(found)
          const rev = (await highestRev()) + 1
          const { matchedCount } = await users.updateOne(
            { _id: { $eq: id }, rev: { $eq: user.rev } },
            { $set: { rev }, $push: { revs: { $each: [rev], $slice: -revsKept } } },
          )
          return matchedCount === 0 ? undefined : { ...user, rev }
        }),
      ),
    async find({ viewerId, query, scope, limit }) {
      const range = rangeOf(query)
      if (range === null) return []
      const named = { terms: { $elemMatch: { $gte: range.from, $lt: range.to } } }
      const filter = scope === 'all' ? named : { ...named, _id: { $in: await knownTo(viewerId) } }
      const found = await users
        .find(filter, { projection: profile })
        .sort({ sortName: 1, _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(userFrom)
    },
    profilesRev: highestRev,
    async profilesSince(userId, rev, limit) {
      // Nearly always nothing has changed, and then who one knows need not be gathered.
      if (rev >= (await highestRev())) return []
      const found = await users
        .find(
          {
            rev: { $gt: rev },
            $or: [{ _id: { $in: await knownTo(userId) } }, { passwordHash: { $eq: '' } }],
          },
          { projection: profile },
        )
        .sort({ rev: 1 })
        .limit(limit)
        .toArray()
      return found.map(userFrom)
    },
  }
}

/** @throws USER_NOT_FOUND unless all are there */
export async function needUsers(db: Db, userIds: UserId[]): Promise<void> {
  if (userIds.length === 0) return
  const found = await usersOf(db)
    .find({ _id: { $in: userIds } }, { projection: { _id: 1 } })
    .toArray()
  if (found.length < new Set(userIds).size) throw new PalabreError('USER_NOT_FOUND')
}

/** Who shares a conversation with somebody, and that somebody. */
async function coMembersOf(db: Db, userId: UserId): Promise<UserId[]> {
  const found = membershipsOf(db).aggregate<{ _id: UserId }>([
    { $match: { 'members.userId': { $eq: userId } } },
    { $unwind: '$members' },
    { $group: { _id: '$members.userId' } },
  ])
  return (await found.toArray()).map(({ _id }) => _id)
}

type Profile = Pick<UserDocument, '_id' | 'username' | 'displayName' | 'about' | 'avatarId' | 'rev'>

export function userFrom({ _id, username, displayName, about, avatarId, rev }: Profile): User {
  return { id: _id, username: shownName(username), displayName, about, avatarId, rev }
}
