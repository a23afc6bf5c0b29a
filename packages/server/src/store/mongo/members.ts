// Members over MongoDB: reads only. Membership changes by system messages, in the log (LOG-6).
// Who is in one conversation is answered as its log says; who shares one, from the checkpoints, which follow the log
// before any of its commits is answered.
import type { Db } from 'mongodb'
import type { Role, UserId } from '@palabre/protocol'
import type { MemberStore } from '../port/members.ts'
import { gathered } from './gathered.ts'
import type { Heads } from './heads.ts'
import { membershipsOf } from './rows.ts'
import { userFrom, usersOf } from './users.ts'

const roleRank = { member: 0, admin: 1, owner: 2 } as const satisfies Record<Role, number>

export function mongoMembers(db: Db, heads: Heads): MemberStore {
  const memberships = membershipsOf(db)
  const users = usersOf(db)

  const profileOf = gathered(async (ids: UserId[]) => {
    const found = await users.find({ _id: { $in: ids } }).toArray()
    return new Map(found.map((profile) => [profile._id, profile]))
  })

  return {
    view: (conversationId) => heads.viewOf(conversationId),
    async one(conversationId, userId) {
      return (await heads.viewOf(conversationId))?.members.get(userId) ?? null
    },
    async page(conversationId, limit, offset) {
      const members = (await heads.viewOf(conversationId))?.members ?? new Map<never, never>()
      if (members.size === 0) return []
      const profiles = await Promise.all([...members.keys()].map(profileOf))
      const found = profiles.flatMap((profile) => {
        const member = profile === null ? undefined : members.get(profile._id)
        return profile === null || member === undefined ? [] : [{ profile, member }]
      })
      found.sort(
        (a, b) =>
          roleRank[b.member.role] - roleRank[a.member.role] ||
          compare(a.profile.sortName, b.profile.sortName) ||
          compare(a.profile._id, b.profile._id),
      )
      return found
        .slice(offset, offset + limit)
        .map(({ profile, member: { role, joinedAt } }) => ({ user: userFrom(profile), role, joinedAt }))
    },
    async areCoMembers(a, b) {
      const shared = await memberships.findOne(
        { 'members.userId': { $all: [a, b] } },
        { projection: { _id: 1 } },
      )
      return shared !== null
    },
    async coMembersAmong(userId, userIds) {
      if (userIds.length === 0) return []
      const shared = memberships.aggregate<{ _id: UserId }>([
        { $match: { 'members.userId': { $eq: userId } } },
        { $project: { among: { $setIntersection: ['$members.userId', { $literal: userIds }] } } },
        { $unwind: '$among' },
        { $group: { _id: '$among' } },
      ])
      return (await shared.toArray()).map(({ _id }) => _id)
    },
  }
}

/** As the engines compare: by the letter's number, not by a language. */
function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
