// The writer's memory of conversations: what an append needs to know without asking the disk.
// Sound because there is one writer. Must be discarded when a transaction is rolled back.
// A head that moved is written once per transaction, however many messages it took: `flush` before every commit.
import type { Database } from 'better-sqlite3'
import type { ConversationId, ConversationSettings, Role, UserId } from '@palabre/protocol'
import type { Effect, Foldable } from '../port/fold.ts'
import type { MemberRow } from '../port/members.ts'
import { settingsColumn, settingsFrom } from './rows.ts'

export interface Head extends Foldable {
  readonly key: number
  readonly id: ConversationId
  title: string | null
  description: string
  avatarId: string | null
  settings: ConversationSettings
  /**
   * The highest `rev` taken. A plain counter is enough to keep a rev taken (LOG-4), because it moves in the
   * transaction that uses it and there is one writer; engines without such a row keep all revs in the message.
   */
  rev: number
  lastSeq: number
  membersRev: number
  activeAt: number
  /** Of the messages of the block that is not full yet (`kept-digests.ts`). */
  openDigest: number
  members: Map<UserId, MemberRow>
}

export interface Heads {
  /** Null when there is no such conversation. */
  get(id: ConversationId): Head | null
  /** Must be called for a head that was altered. */
  moved(head: Head): void
  /** Carries an effect out, on the head and on the disk. */
  apply(head: Head, effect: Effect): void
  flush(): void
  discard(): void
}

/** Members and heads kept in memory before all are forgotten; about 40 MB. */
const weightMax = 200_000

const roleRank = { member: 0, admin: 1, owner: 2 } as const satisfies Record<Role, number>
const roleOfRank: readonly Role[] = ['member', 'admin', 'owner']

export function rankOf(role: Role): number {
  return roleRank[role]
}

export function roleFrom(rank: number): Role {
  return roleOfRank[rank] ?? 'member'
}

type HeadRow = [
  number,
  'direct' | 'group',
  string | null,
  string,
  string | null,
  string | null,
  number,
  number,
  number,
  number,
  number,
]
type MemberColumns = [UserId, number, number, number, number]

export function createHeads(db: Database): Heads {
  const selectHead = db
    .prepare<[ConversationId], HeadRow>(
      `SELECT key, kind, title, description, avatar_id, settings, rev, last_seq, members_rev, active_at, open_digest
       FROM conversations WHERE id = ?`,
    )
    .raw()
  const selectMembers = db
    .prepare<[number], MemberColumns>(
      'SELECT user_id, role, joined_at, joined_seq, joined_rev FROM members WHERE conversation = ?',
    )
    .raw()
  const updateHead = db.prepare<[number, number, number, number, number]>(
    'UPDATE conversations SET rev = ?, last_seq = ?, active_at = ?, open_digest = ? WHERE key = ?',
  )
  const updateHeader = db.prepare<
    [string | null, string, string | null, string | null, number, number, number]
  >(
    'UPDATE conversations SET title = ?, description = ?, avatar_id = ?, settings = ?, members_rev = ?, member_count = ? WHERE key = ?',
  )
  // Whoever joins starts with both marks at their first message (REC-1); a new role leaves them alone.
  const putMember = db.prepare<[number, UserId, number, number, number, number, number, number]>(
    `INSERT INTO members (conversation, user_id, role, joined_at, joined_seq, joined_rev, delivered_seq, read_seq)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (conversation, user_id) DO UPDATE SET role = excluded.role`,
  )
  const deleteMember = db.prepare<[number, UserId]>(
    'DELETE FROM members WHERE conversation = ? AND user_id = ?',
  )

  const heads = new Map<ConversationId, Head>()
  const dirty = new Set<Head>()
  let weight = 0

  function load(id: ConversationId): Head | null {
    const row = selectHead.get(id)
    if (row === undefined) return null
    const [
      key,
      kind,
      title,
      description,
      avatarId,
      settings,
      rev,
      lastSeq,
      membersRev,
      activeAt,
      openDigest,
    ] = row
    const members = new Map<UserId, MemberRow>()
    for (const [userId, role, joinedAt, joinedSeq, joinedRev] of selectMembers.iterate(key)) {
      members.set(userId, { userId, role: roleFrom(role), joinedAt, joinedSeq, joinedRev })
    }
    const head: Head = {
      key,
      id,
      kind,
      title,
      description,
      avatarId,
      settings: settingsFrom(settings),
      rev,
      lastSeq,
      membersRev,
      activeAt,
      openDigest,
      members,
    }
    heads.set(id, head)
    weight += 1 + members.size
    return head
  }

  return {
    get: (id) => heads.get(id) ?? load(id),
    moved(head) {
      dirty.add(head)
    },
    apply(head, effect) {
      for (const userId of effect.removed) {
        head.members.delete(userId)
        deleteMember.run(head.key, userId)
      }
      weight += effect.put.length
      for (const row of effect.put) {
        const { userId, role, joinedAt, joinedSeq, joinedRev } = row
        head.members.set(userId, row)
        putMember.run(head.key, userId, roleRank[role], joinedAt, joinedSeq, joinedRev, joinedSeq, joinedSeq)
      }
      if (effect.removed.length + effect.put.length > 0) head.membersRev = head.rev
      if (effect.title !== undefined) head.title = effect.title
      if (effect.description !== undefined) head.description = effect.description
      if (effect.avatarId !== undefined) head.avatarId = effect.avatarId
      if (effect.settings !== undefined) head.settings = effect.settings
      updateHeader.run(
        head.title,
        head.description,
        head.avatarId,
        settingsColumn(head.settings),
        head.membersRev,
        head.members.size,
        head.key,
      )
      dirty.add(head)
    },
    flush() {
      for (const head of dirty)
        updateHead.run(head.rev, head.lastSeq, head.activeAt, head.openDigest, head.key)
      dirty.clear()
      if (weight > weightMax) {
        heads.clear()
        weight = 0
      }
    },
    discard() {
      heads.clear()
      dirty.clear()
      weight = 0
    },
  }
}
