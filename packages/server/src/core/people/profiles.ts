// Who sees which part of a profile (PRIV-2, BLK-4): name and username are for everybody who finds one; photo and about for
// those whom their owner has chosen, and never for whom they have blocked. The rest of a profile is as it is.
import { audienceOf, noRules, type Member, type Rules, type User, type UserId } from '@palabre/protocol'
import { knows, type People } from './known.ts'

/** As somebody sees a profile. `viewerId` null: whoever shares a conversation with them and is not among `apart`. */
export function shownProfile(user: User, rules: Rules, viewerId: UserId | null, isKnown: boolean): User {
  if (rules === noRules || user.id === viewerId) return user
  const isBlocked = viewerId !== null && rules.blocked.has(viewerId)
  const isContact = isKnown && (viewerId === null || !rules.requests.has(viewerId))
  const isFor = (matter: 'photo' | 'about') => {
    const audience = audienceOf(rules, matter, true)
    return !isBlocked && (audience === 'everyone' || (audience === 'contacts' && isContact))
  }
  const photo = isFor('photo') ? user.avatarId : null
  const about = isFor('about') ? user.about : ''
  return photo === user.avatarId && about === user.about ? user : { ...user, avatarId: photo, about }
}

/** Profiles as the caller sees them, in the same order. */
export async function shownUsers(people: People & { userId: UserId }, users: User[]): Promise<User[]> {
  const rules = await people.rules.ofAll(users.map(({ id }) => id))
  return Promise.all(
    users.map(async (user) => {
      const theirs = rules.get(user.id) ?? noRules
      const isAsked = theirs.chosen.get('photo') === 'contacts' || theirs.chosen.get('about') === 'contacts'
      const isKnown = isAsked && (await knows(people, user.id, people.userId))
      return shownProfile(user, theirs, people.userId, isKnown)
    }),
  )
}

/** Whether the caller sees the photo of somebody who has one. */
export async function seesPhoto(people: People & { userId: UserId }, ownerId: UserId): Promise<boolean> {
  const user = await people.store.users.byId(ownerId)
  if (user === null) return false
  const [shown] = await shownUsers(people, [user])
  return shown?.avatarId === user.avatarId
}

/** Members of one conversation, as each of them sees the others. */
export interface ShownMembers {
  /** For everybody but those of `apart`. */
  shared: Member[]
  /** Who sees them otherwise. */
  apart: ReadonlySet<UserId>
  for(viewerId: UserId): Member[]
}

/** `present`: whether somebody is in the conversation. */
export function shownMembers(
  members: Member[],
  rules: ReadonlyMap<UserId, Rules>,
  present: (userId: UserId) => boolean,
): ShownMembers {
  const shownTo = (viewerId: UserId | null) =>
    members.map((member) => {
      const theirs = rules.get(member.user.id) ?? noRules
      const user = shownProfile(member.user, theirs, viewerId, true)
      return user === member.user ? member : { ...member, user }
    })
  const shared = shownTo(null)
  const apart = new Set<UserId>()
  for (const [at, member] of members.entries()) {
    if (shared[at] !== member) apart.add(member.user.id)
    const theirs = rules.get(member.user.id) ?? noRules
    for (const id of [...theirs.blocked.keys(), ...theirs.requests.keys()]) if (present(id)) apart.add(id)
  }
  return { shared, apart, for: (viewerId) => (apart.has(viewerId) ? shownTo(viewerId) : shared) }
}
