// The kit's cache in a file keeps to the client's contract, and holds what was written however its process ended.
import { appendFile, copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { v7 } from 'uuid'
import type { ConversationId, UserId } from '@palabre/protocol'
import { cacheContract } from '../../packages/client/src/cache/contract.ts'
import { openFileCache } from '../kit/file-cache.ts'

describe('the cache in a file', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palabre-cache-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  for (const { name, run } of cacheContract) {
    test(name, () => run((userId) => openFileCache(folder, userId), v7() as UserId))
  }

  test('[OUT-1] [SYNC-2] opened without having been closed, it holds what was written; a line that was cut off does not count', async () => {
    const [userId, id] = [v7() as UserId, v7() as ConversationId]
    const killed = await openFileCache(folder, userId)
    await killed.write({ meta: { epoch: 'first' } })
    await killed.putDraft(id, 'half a sentence')
    // What a process that is killed leaves behind: the file as it is, and perhaps the beginning of a line.
    const copy = await mkdtemp(join(folder, 'killed-'))
    for (const name of await readdir(folder))
      if (name.includes(userId)) await copyFile(join(folder, name), join(copy, name))
    await killed.close()
    const [journal = ''] = await readdir(copy)
    await appendFile(join(copy, journal), '["write",{"meta":{"epoch":"sec')
    for (const more of ['second', 'third']) {
      const again = await openFileCache(copy, userId)
      const held = await again.read()
      expect(held.drafts.get(id)).toBe('half a sentence')
      expect(held.meta.epoch).toBe(more === 'second' ? 'first' : 'second')
      await again.write({ meta: { epoch: more } })
      await again.close()
    }
  })

  test('a long journal is written anew with the same content', async () => {
    const [userId, id] = [v7() as UserId, v7() as ConversationId]
    const cache = await openFileCache(folder, userId)
    for (let n = 0; n < 500; n += 1) await cache.putDraft(id, `draft ${n}`)
    await cache.putPendingMarks(id, { deliveredSeq: 3, readSeq: 2 })
    const before = await cache.read()
    await cache.close()
    for (let times = 0; times < 2; times += 1) {
      const again = await openFileCache(folder, userId)
      expect(await again.read()).toEqual(before)
      await again.close()
    }
  })
})
