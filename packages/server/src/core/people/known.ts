// Who may do what with whom (BLK-1, PRIV-2, PRIV-3, REQ-1): see when somebody was there, write to them first, add them to
// a group. A contact is whom one keeps as one, and whoever one shares a group or an answered conversation with.
import {
  PalabreError,
  audienceOf,
  contactKey,
  type PrivacyMatter,
  type Rules,
  type UserId,
} from '@palabre/protocol'
import type { Config } from '../../config.ts'
import type { Store } from '../../store/port/store.ts'
import { isBlockedBetween, isRequestBetween, type PeopleRules } from './rules.ts'

export interface People {
  store: Pick<Store, 'account' | 'members' | 'users'>
  rules: PeopleRules
  config: Pick<Config, 'directory'>
}

/** Whether `ownerId` counts `otherId` among their contacts. */
export async function knows({ store, rules }: People, ownerId: UserId, otherId: UserId): Promise<boolean> {
  const [kept] = await store.account.under(ownerId, contactKey(otherId))
  if (kept !== undefined) return true
  const [mine, theirs] = await Promise.all([rules.of(ownerId), rules.of(otherId)])
  if (isRequestBetween(mine, ownerId, theirs, otherId)) return false
  return store.members.areCoMembers(ownerId, otherId)
}

/** Whether `ownerId` lets `otherId`, blocks apart. */
async function admits(
  people: People,
  ownerId: UserId,
  rules: Rules,
  matter: PrivacyMatter,
  otherId: UserId,
): Promise<boolean> {
  const audience = audienceOf(rules, matter, people.config.directory === 'open')
  return audience === 'everyone' || (audience === 'contacts' && (await knows(people, ownerId, otherId)))
}

/** Whether one is told when the other is there: who shows nothing sees nothing (PRIV-3). */
export async function mayWatch(people: People, viewerId: UserId, ownerId: UserId): Promise<boolean> {
  if (viewerId === ownerId) return true
  const [viewer, owner] = await Promise.all([people.rules.of(viewerId), people.rules.of(ownerId)])
  if (isBlockedBetween(viewer, viewerId, owner, ownerId)) return false
  if (isRequestBetween(viewer, viewerId, owner, ownerId)) return false
  const both = await Promise.all([
    admits(people, ownerId, owner, 'lastSeen', viewerId),
    admits(people, viewerId, viewer, 'lastSeen', ownerId),
  ])
  return both.every(Boolean)
}

/** Those of `userIds` of whom `viewerId` is told when they are there. */
export async function watchable(people: People, viewerId: UserId, userIds: UserId[]): Promise<UserId[]> {
  const may = await Promise.all(userIds.map((id) => mayWatch(people, viewerId, id)))
  return userIds.filter((_, at) => may[at])
}

/** Before people are put into a group. @throws RECIPIENT_UNAVAILABLE, one refusal for all, with whom it concerns */
export async function needAddable(people: People, byId: UserId, userIds: readonly UserId[]): Promise<void> {
  const may = await Promise.all(
    userIds.map(async (id) => {
      if (id === byId) return true
      const [owner, by] = await Promise.all([people.rules.of(id), people.rules.of(byId)])
      return !isBlockedBetween(owner, id, by, byId) && admits(people, id, owner, 'add', byId)
    }),
  )
  const refused = userIds.filter((_, at) => !may[at])
  if (refused.length > 0) throw new PalabreError('RECIPIENT_UNAVAILABLE', { details: { userIds: refused } })
}

/** How `byId` may open a first conversation with somebody. @throws RECIPIENT_UNAVAILABLE */
export async function firstWords(people: People, byId: UserId, toId: UserId): Promise<'open' | 'request'> {
  const [owner, by] = await Promise.all([people.rules.of(toId), people.rules.of(byId)])
  const audience = audienceOf(owner, 'write', people.config.directory === 'open')
  if (isBlockedBetween(owner, toId, by, byId) || audience === 'nobody')
    throw new PalabreError('RECIPIENT_UNAVAILABLE')
  return (await admits(people, toId, owner, 'write', byId)) ? 'open' : 'request'
}
