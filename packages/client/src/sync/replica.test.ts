// Proves of replica.ts what no device of sync.test.ts meets: a cache that holds less than it did.
import { expect, test } from 'vitest'
import { memoryCache } from '../cache/memory.ts'
import { alice, conversationId, createModelLog } from './kit/model-log.ts'
import { createReplica } from './replica.ts'

const user = { id: alice, username: 'alice', displayName: 'Alice', about: '', avatarId: null, rev: 1 }

/** A cache that had all `n` messages, and made room for something else since. */
async function shrunk(n: number, kept: number) {
  const log = createModelLog()
  for (let seq = 1; seq <= n; seq++) log.append(alice)
  const cache = memoryCache()
  await cache.write({
    meta: { epoch: 'e' },
    conversations: [{ id: conversationId, conversation: log.conversation(), cursor: n, hasBefore: false }],
    messages: kept > 0 ? log.messages().slice(-kept) : [],
  })
  // So many are read at once, and not the newest alone.
  await cache.putPendingMarks(conversationId, { deliveredSeq: 0, readSeq: n })
  return cache
}

test.each([
  ['the newest few', 10],
  ['none', 0],
])('[TL-1] a cache that kept %s of all messages: the server has the others', async (_, kept) => {
  const replica = createReplica()
  await replica.open(user, await shrunk(60, kept))
  const timeline = replica.timelines.get(conversationId)
  expect(timeline?.messages).toHaveLength(kept)
  expect(timeline?.hasBefore).toBe(true)
})

test('[TL-1] a cache that holds all from the first one on: nothing is asked for', async () => {
  const replica = createReplica()
  await replica.open(user, await shrunk(60, 60))
  expect(replica.timelines.get(conversationId)?.hasBefore).toBe(false)
})
