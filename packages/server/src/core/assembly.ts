// Puts a `Conversation` together for one or many of its members from the store's rows, the members' view and
// the marks in memory. What is the same for all is read once. Decides no access: callers have checked it.
import {
  archivedAt,
  limits,
  type Conversation,
  type ConversationHeader,
  type ConversationId,
  type Member,
  type Marks as ToldMarks,
  type Message,
  type UserId,
} from '@palabre/protocol'
import type { ConversationRow } from '../store/port/conversations.ts'
import type { MemberRow } from '../store/port/members.ts'
import type { Store } from '../store/port/store.ts'
import { keptBy } from './keeping.ts'
import { isSeen, viewerOf, type Viewer } from './visibility.ts'
import type { Marks } from './marks.ts'
import { shownMembers } from './people/profiles.ts'
import type { PeopleRules } from './people/rules.ts'

export interface Assembly {
  /** The part that is the same for every member, as it is now; and for those who see other profiles in it. */
  header(
    row: ConversationRow,
    present: ReadonlySet<UserId> | ReadonlyMap<UserId, unknown>,
  ): Promise<{ shared: ConversationHeader; apart: Map<UserId, ConversationHeader> }>
  /** The whole for each of the given present members. */
  forMembers(row: ConversationRow, members: MemberRow[]): Promise<Map<UserId, Conversation>>
  forMember(row: ConversationRow, member: MemberRow): Promise<Conversation>
}

type MarksOf = Pick<Conversation['me'], 'deliveredSeq' | 'readSeq' | 'unread' | 'mentions'> &
  Pick<Conversation, 'others'>

export function createAssembly(parts: {
  store: Pick<Store, 'account' | 'log' | 'members'>
  marks: Marks
  rules: Pick<PeopleRules, 'ofAll'>
  now(): number
}): Assembly {
  const { store } = parts

  /** The first members, as each of those present sees them. */
  async function firstMembers(id: ConversationId, isPresent: (userId: UserId) => boolean) {
    const page = await store.members.page(id, limits.membersInline, 0)
    return shownMembers(page, await parts.rules.ofAll(page.map(({ user }) => user.id)), isPresent)
  }

  /** How far one member's own devices and the others are. */
  async function marks(
    member: MemberRow,
    row: Pick<ConversationRow, 'lastSeq'> & { id: Conversation['id'] },
  ): Promise<MarksOf> {
    const [all, others] = await Promise.all([
      parts.marks.of(row.id),
      parts.marks.others(row.id, member.userId),
    ])
    const mine = all.get(member.userId) ?? { deliveredSeq: member.joinedSeq, readSeq: member.joinedSeq }
    const from = Math.max(mine.readSeq, member.joinedSeq)
    const { deliveredSeq, readSeq } = mine
    const unread = from >= row.lastSeq ? { unread: 0 } : await unreadOf(store, row.id, member.userId, from)
    return { deliveredSeq, readSeq, ...unread, others }
  }

  /** `newest`: the newest message there is; where a member may not see it, none of theirs is newer. */
  async function lastVisible(
    row: ConversationRow,
    viewer: Viewer,
    newest: Message | null,
  ): Promise<Message | null> {
    if (newest === null || newest.seq < viewer.fromSeq) return null
    if (isSeen(viewer, newest, parts.now())) return newest
    const recent = await store.log.before(row.header.id, newest.seq, viewer.fromSeq, limits.syncWindow)
    return recent.findLast((message) => isSeen(viewer, message, parts.now())) ?? null
  }

  async function newestOf(row: ConversationRow): Promise<Message | null> {
    const [newest] = await store.log.before(row.header.id, null, 1, 1)
    return newest ?? null
  }

  async function assembled(
    row: ConversationRow,
    member: MemberRow,
    members: Member[],
    newest: Message | null,
  ): Promise<Conversation> {
    const kept = await keptBy(store, member.userId, row.header.id)
    const [own, lastMessage] = await Promise.all([
      marks(member, { id: row.header.id, lastSeq: row.lastSeq }),
      lastVisible(row, viewerOf(member, kept), newest),
    ])
    return {
      ...row.header,
      members,
      rev: row.rev,
      lastSeq: row.lastSeq,
      lastMessage,
      me: {
        role: member.role,
        joinedSeq: member.joinedSeq,
        joinedRev: member.joinedRev,
        readSeq: own.readSeq,
        deliveredSeq: own.deliveredSeq,
        unread: own.unread,
        ...(own.mentions !== undefined && { mentions: own.mentions }),
        mutedUntil: kept.mutedUntil,
        pinnedAt: kept.pinnedAt,
        archivedAt: archivedAt(kept, row.lastSeq, parts.now()),
        markedUnread: kept.isMarkedUnread,
        clearedSeq: kept.clearedSeq,
      },
      others: own.others,
    }
  }

  async function forMembers(row: ConversationRow, members: MemberRow[]) {
    const there = new Set(members.map(({ userId }) => userId))
    const [shown, newest] = await Promise.all([
      firstMembers(row.header.id, (id) => there.has(id)),
      newestOf(row),
    ])
    const entries = members.map(
      async (member) =>
        [member.userId, await assembled(row, member, shown.for(member.userId), newest)] as const,
    )
    return new Map(await Promise.all(entries))
  }

  return {
    async header(row, present) {
      const shown = await firstMembers(row.header.id, (id) => present.has(id))
      const withMembers = (members: Member[]) => ({ ...row.header, members })
      const apart = [...shown.apart].filter((id) => present.has(id))
      return {
        shared: withMembers(shown.shared),
        apart: new Map(apart.map((id) => [id, withMembers(shown.for(id))])),
      }
    },
    forMembers,
    async forMember(row, member) {
      const isThem = (id: UserId) => id === member.userId
      const [shown, newest] = await Promise.all([firstMembers(row.header.id, isThem), newestOf(row)])
      return assembled(row, member, shown.for(member.userId), newest)
    },
  }
}

/** What a member has not read, as they are told it: how much (REC-3), and where it mentions them (MEN-1). */
type Unread = Pick<ToldMarks, 'unread' | 'mentions'>

/** Above `seq`, which is at least where they joined. */
export async function unreadOf(
  { log }: Pick<Store, 'log'>,
  conversationId: ConversationId,
  userId: UserId,
  seq: number,
): Promise<Unread> {
  const unread = await log.unread(conversationId, userId, seq)
  if (unread === 0) return { unread }
  const mentions = await log.mentions(conversationId, userId, seq)
  return mentions.length === 0 ? { unread } : { unread, mentions }
}
