// Proves take.ts: whatever happens to a conversation in the tab that leads, one that follows by its writes holds the
// same log, whenever it read the cache, however long its window is, and if a write comes to it twice.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ConversationId, Message, User } from '@palabre/protocol'
import { memoryCache } from '../cache/memory.ts'
import { alice, bob, conversationId, createModelLog, type Step } from '../sync/kit/model-log.ts'
import { createReplica, type Kept, type Replica } from '../sync/replica.ts'
import { apply, applyDelta, applyPage, unreadOf, type Timeline } from '../sync/timeline.ts'
import { take } from './take.ts'

const me: User = { id: alice, username: 'alice', displayName: 'Alice', about: '', avatarId: null, rev: 1 }

type Deed = (Step & { isMissed: boolean }) | { do: 'sync' | 'reset' | 'page' | 'follow' | 'draft' | 'read' }

const isMissed = fc.integer({ min: 0, max: 9 }).map((n) => n === 0)
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      by: fc.constantFrom('alice' as const, 'bob' as const),
      isMissed,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('edit' as const, 'delete' as const, 'react' as const),
      at: fc.nat(60),
      isMissed,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'sync' as const,
        'reset' as const,
        'page' as const,
        'follow' as const,
        'draft' as const,
        'read' as const,
      ),
    }),
  },
)

const held = (replica: Replica) => replica.timelines.get(conversationId)

/** What a person sees of it: the newest messages that both hold, and how many are unread. */
function shown(replica: Replica, count: number) {
  const timeline = held(replica)
  return {
    cursor: timeline?.cursor,
    conversation: timeline?.conversation,
    messages: timeline?.messages.slice(-count),
    // With a mark that the server has not heard of, only a window that reaches down to it can count.
    unread: timeline && replica.pendingReads.size === 0 && unreadOf(timeline, alice, 0),
    drafts: [...replica.drafts],
    reads: [...replica.pendingReads],
  }
}

test('[TL-1] [P3] a tab that follows holds what the leader holds, from whenever it follows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: 10, maxLength: 60, size: 'max' }),
      fc.boolean(),
      async (deeds, isDoubled) => {
        const log = createModelLog()
        const cache = memoryCache()
        const leader = createReplica()
        await leader.open(me, cache)
        const followers: Replica[] = []
        const late: Kept[] = []
        leader.onKept((kept) => {
          if (isDoubled) late.push(kept)
          for (const follower of followers) follower.adopt((parts) => take(parts, structuredClone(kept)))
        })
        const timeline = () => held(leader) as Timeline
        const commit = (
          step: Parameters<Replica['commit']>[0] extends ReadonlyMap<ConversationId, infer S> ? S : never,
        ) => leader.commit(new Map([[conversationId, step]]))
        for (let n = 0; n < 12; n++) log.append(n % 2 ? alice : bob)
        commit(applyDelta(null, log.delta(null), alice))
        for (const one of deeds) {
          switch (one.do) {
            case 'sync':
            case 'reset':
              commit(
                applyDelta(
                  one.do === 'reset' ? null : timeline(),
                  log.delta(one.do === 'reset' ? null : timeline().cursor, undefined, 3),
                  alice,
                ),
              )
              break
            case 'page': {
              const before = timeline().messages[0]?.seq ?? 1
              const page = log.page(before, 2)
              commit(
                applyPage(timeline(), { ...page, inCache: false, before, generation: timeline().generation }),
              )
              break
            }
            case 'follow': {
              const follower = createReplica()
              // As long as it reads, what is told waits; here nothing is told meanwhile.
              await leader.inCache(() => Promise.resolve())
              await follower.open(me, cache, true)
              followers.push(follower)
              break
            }
            case 'draft':
              leader.setDraft(conversationId, `draft ${log.head}`)
              break
            case 'read':
              leader.setPendingRead(conversationId, timeline().conversation.lastSeq)
              break
            default: {
              const before = log.head
              log.play(one)
              for (const change of log.events().filter(({ rev }) => rev > before)) {
                const applied = apply(timeline(), change, alice)
                if (applied.outcome === 'applied') commit(applied)
              }
            }
          }
        }
        await leader.inCache(() => Promise.resolve())
        for (const follower of followers) {
          const count = Math.min(held(leader)?.messages.length ?? 0, held(follower)?.messages.length ?? 0)
          expect(shown(follower, count)).toEqual(shown(leader, count))
          // It holds nothing that is not in the cache, or is there otherwise.
          const kept = await cache.messages(conversationId, null, 1_000)
          const window = held(follower)?.messages ?? []
          expect(window).toEqual(kept.slice(-window.length))
          // What it does not hold in memory it knows to find in the cache.
          const floor = (held(follower)?.messages[0] as Message).seq
          const [older] = await cache.messages(conversationId, floor, 1)
          if (older) expect(held(follower)?.inCache).toBe(true)
          // Read anew and told again: the same.
          await follower.open(me, cache, true)
          for (const kept of late.slice(-3)) follower.adopt((parts) => take(parts, structuredClone(kept)))
          const again = Math.min(held(leader)?.messages.length ?? 0, held(follower)?.messages.length ?? 0)
          expect(shown(follower, again)).toEqual(shown(leader, again))
        }
      },
    ),
    { numRuns: 300 },
  )
})
