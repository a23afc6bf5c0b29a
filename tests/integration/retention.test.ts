// A server that keeps messages for so many days only, on a clock that is moved: what is older is gone from answers, the search
// and the disk, and the numbers stay.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createApp, loadConfig } from '@palabre/server'
import { movedClock } from '../kit/clock.ts'
import { directOf, send, seqsOf, textOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { register } from '../kit/people.ts'
import { dropStore, storeEnvironment } from '../kit/stores.ts'
import { eventually } from '../kit/wait.ts'
import { askHttp } from '../kit/wire.ts'

const day = 24 * 60 * 60_000

onEachStore('on %s', {}, (store) => {
  test('[RET-1] what is older than the server keeps it goes; what is younger, and every number, stays', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'palabre-retention-'))
    const own = storeEnvironment(store)
    const clock = movedClock()
    const start = async (retention: string) => {
      const common = {
        HOST: '127.0.0.1',
        PORT: '0',
        DATA_DIR: dataDir,
        RATE_LIMITS: 'off',
        PASSWORD_COST: 'light',
      }
      const env = { ...common, ...own, LOG_LEVEL: 'error', RETENTION_DAYS: retention }
      if (store === 'mongo') Object.assign(env, { KEYS_DIR: join(dataDir, 'keys') })
      const app = await createApp(loadConfig(env), clock.now)
      return { app, url: (await app.listen()).url }
    }
    try {
      const first = await start('0')
      const [alice, bob] = [await register(first.url, 'alice'), await register(first.url, 'bob')]
      const pair = await directOf(alice, bob)
      await send(alice, pair, 'an old xylophone')
      clock.moveBy(20 * day)
      const { username, password } = alice
      const later = await askHttp(first.url, 'login', { username, password, tokens: 'body' })
      if (!later.ok) throw new Error('not signed in')
      const young = { kind: 'text', body: { text: 'a young xylophone' }, sentAt: 1 } as const
      const id = (await send(bob, pair, 'never').catch(() => null))?.id
      expect(id).toBeUndefined()
      const { v7 } = await import('uuid')
      await askHttp(
        first.url,
        'sendMessage',
        { ...young, conversationId: pair, id: v7() },
        later.output.accessToken,
      )
      clock.moveBy(15 * day)
      await first.app.close()

      const second = await start('30')
      const now = await askHttp(second.url, 'login', { username, password, tokens: 'body' })
      if (!now.ok) throw new Error('not signed in')
      const { accessToken } = now.output
      const listed = async () => {
        const answer = await askHttp(second.url, 'listMessages', { conversationId: pair }, accessToken)
        return answer.ok ? answer.output.messages : []
      }
      await eventually(async () => ((await listed())[1]?.deletedAt === null ? undefined : true), 'it is gone')
      const messages = await listed()
      expect(seqsOf(messages)).toEqual([1, 2, 3])
      expect(messages.map(textOf)).toEqual(['conversation_created', '', 'a young xylophone'])
      const found = await askHttp(second.url, 'searchMessages', { query: 'xylophone' }, accessToken)
      expect(found.ok && found.output.hits).toHaveLength(1)
      await second.app.close()
    } finally {
      await dropStore(own)
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})
