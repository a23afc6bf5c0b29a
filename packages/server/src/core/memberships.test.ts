// Views in memory where other nodes write too: what is believed, for how long, and what is read again.
import { ConversationId, MessageId, UserId, type Message } from '@palabre/protocol'
import { v7 as uuidv7 } from 'uuid'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Commits } from '../cluster/port.ts'
import type { MembersView, MemberStore } from '../store/port/members.ts'
import { createMemberships, type Memberships } from './memberships.ts'

const id = ConversationId.parse(uuidv7())
const [alice, bob] = [UserId.parse(uuidv7()), UserId.parse(uuidv7())]

let now = 0
let since: number | null = 0
let stored: MembersView
let reads = 0
let tellForget: (conversationId: ConversationId) => void = () => undefined
const told: ConversationId[] = []
/** Holds back what the store answers, until it is let go. */
let gate: Promise<void> | null = null

const commits: Commits = {
  heardSince: () => since,
  now: () => now,
  membersChanged: (conversationId) => void told.push(conversationId),
  onMembersChanged(listener) {
    tellForget = listener
    return () => undefined
  },
  rulesChanged: () => undefined,
  onRulesChanged: () => () => undefined,
  marked: () => undefined,
  onMarked: () => () => undefined,
}
const members = {
  async view() {
    reads += 1
    const answer = stored
    await gate
    return answer
  },
} as unknown as MemberStore

function view(membersRev: number, ...userIds: UserId[]): MembersView {
  const rows = userIds.map((userId) => {
    return [userId, { userId, role: 'member' as const, joinedAt: 0, joinedSeq: 1, joinedRev: 1 }] as const
  })
  return { conversationId: id, membersRev, members: new Map(rows) }
}

function removal(rev: number): Message {
  return {
    id: MessageId.parse(uuidv7()),
    conversationId: id,
    kind: 'system',
    body: { event: 'member_removed', userId: bob },
    seq: rev,
    rev,
  } as unknown as Message
}

let memberships: Memberships
beforeEach(() => {
  now = 10_000
  since = 0
  reads = 0
  gate = null
  told.length = 0
  stored = view(1, alice, bob)
  memberships = createMemberships({ members }, { isShared: true, commits })
})

describe('where other nodes write', () => {
  test('[MEM-1] what is heard in full is read once', async () => {
    await memberships.view(id)
    now += 3_600_000
    expect(await memberships.isMember(id, bob)).toBe(true)
    expect(reads).toBe(1)
  })

  test('[SEC-7] what may have been missed is believed for a second', async () => {
    since = null
    await memberships.view(id)
    stored = view(2, alice)
    now += 1_000
    expect(memberships.current(id)?.membersRev).toBe(1)
    now += 1
    expect(memberships.current(id)).toBeNull()
    expect(await memberships.isMember(id, bob)).toBe(false)
  })

  test('[SEC-7] what was read before everything was heard again is read anew', async () => {
    await memberships.view(id)
    stored = view(2, alice)
    now += 5_000
    since = now - 2_000
    expect(await memberships.isMember(id, bob)).toBe(false)
  })

  test('[MEM-1] a word that members have changed drops the view, also one that is being read', async () => {
    let open = () => {}
    gate = new Promise((resolve) => (open = resolve))
    const answer = memberships.view(id)
    stored = view(2, alice)
    tellForget(id)
    gate = null
    open()
    expect((await answer)?.membersRev).toBe(2)
    expect(memberships.known(id)?.membersRev).toBe(2)
    stored = view(3, alice, bob)
    tellForget(id)
    expect(memberships.known(id)).toBeNull()
  })

  test('[MEM-1] an own change is told, and read again: another node’s may lie in between', async () => {
    await memberships.view(id)
    // Somebody else removed alice under 2, and that was not heard of.
    stored = view(3)
    memberships.apply(removal(3))
    expect(told).toEqual([id])
    expect((await memberships.view(id))?.members.size).toBe(0)
  })

  test('[MEM-1] a view older than what is asked for is read again, however new it is', async () => {
    await memberships.view(id)
    stored = view(2, alice)
    expect((await memberships.view(id, 2))?.membersRev).toBe(2)
    expect(memberships.known(id)?.membersRev).toBe(2)
  })
})

test('[MEM-2] where nobody else writes, a change is applied without reading', async () => {
  const alone = createMemberships({ members })
  await alone.view(id)
  alone.apply(removal(2))
  expect(alone.known(id)?.membersRev).toBe(2)
  expect(await alone.isMember(id, bob)).toBe(false)
  expect(reads).toBe(1)
})
