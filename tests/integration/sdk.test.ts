// The SDK as a bot uses it: the program of docs/sdk.md, run as it stands there, and the door's own promises.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createClient, memoryCache, type StoredSession } from '@palabre/client'
import { PalabreError } from '@palabre/protocol'
import { groupOf, someConversationId } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

const root = resolve(import.meta.dirname, '../..')

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  test('any operation is asked with `call`, through the socket or without it', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    const { client } = alice.device
    expect((await client.call('getMe', {})).user.id).toBe(alice.id)
    expect((await client.call('getConversation', { conversationId })).conversation.id).toBe(conversationId)
    const refused = await client
      .call('getConversation', { conversationId: someConversationId() })
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(PalabreError)
    expect((refused as PalabreError).code).toBe('MEMBER_REQUIRED')
  })

  test('[OUT-1] what is written without a network is shown, survives a reload and goes out once, in order', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const network = await world.network()
    const phone = await alice.opens({ network })
    const { conversationId } = await phone.says('online', bob)
    network.cut()
    for (const text of ['one', 'two', 'three']) await phone.writes(text, conversationId)
    const shown = () =>
      phone.client.messages
        .timeline(conversationId)
        .get()
        .messages.map(({ message }) => (message.kind === 'text' ? message.body.text : ''))
    expect(shown().slice(-3)).toEqual(['one', 'two', 'three'])
    await phone.stop()
    await phone.start()
    await observed(phone.client.waiting, (waiting) => waiting === 3, 'three wait after the reload')
    network.heal()
    await observed(phone.client.waiting, (waiting) => waiting === 0, 'all sent')
    await bob.device.reads(conversationId, 'three')
    const texts = (await bob.device.history(conversationId)).map(
      (message) => message.kind === 'text' && message.body.text,
    )
    expect(texts.filter((text) => text !== false)).toEqual(['online', 'one', 'two', 'three'])
  })

  test('[OUT-4] an edit of what is still queued waits behind it', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const network = await world.network()
    const phone = await alice.opens({ network })
    const { conversationId } = await phone.says('online', bob)
    network.cut()
    const id = await phone.writes('with a typpo', conversationId)
    await phone.client.messages.edit(conversationId, id, 'without a typo')
    network.heal()
    await bob.device.sees(conversationId, id, ({ message }) => {
      return message.kind === 'text' && message.body.text === 'without a typo'
    })
    await observed(phone.client.waiting, (waiting) => waiting === 0, 'all sent')
  })

  test('[SEC-31] signing out wipes the device', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const phone = await alice.opens()
    await phone.says('hello', bob)
    await phone.client.auth.logout()
    expect(phone.client.connection.get()).toMatchObject({ name: 'signedOut' })
    expect(phone.client.me.get()).toBeNull()
    await phone.stop()
    const { conversations, outbox, users } = await phone.cache.read()
    expect([conversations, outbox, users]).toEqual([[], [], []])
  })

  test.each(['stops', 'signs in again'])(
    '[CON-3] who %s in the moment the session ends finds everything put away, what was not sent too',
    async (what) => {
      const { alice, bob } = await world.people('alice', 'bob')
      const { conversationId } = await alice.says('before', bob)
      const network = await world.network()
      const { username, password } = alice
      const cache = memoryCache()
      let kept: StoredSession | null = null
      const client = createClient({
        url: network.url,
        tokens: 'body',
        openCache: async () => cache,
        sessionStorage: {
          load: async () => kept,
          // As on a disk: not at once.
          async save(session) {
            for (let turns = 0; turns < 20; turns++) await setImmediate()
            kept = session
          },
        },
      })
      await client.auth.login({ username, password })
      await observed(client.conversations.one(conversationId), (view) => view !== null, 'it is level')
      const sessionId = client.sessionId.get()
      network.cut()
      await client.messages.send(conversationId, { text: 'not sent yet' })
      if (sessionId !== null) await alice.does('endSession', { sessionId })
      const answered = new Promise((resolve, reject) => {
        const stop = client.connection.subscribe(({ name }) => {
          if (name !== 'signedOut') return
          stop()
          const done = what === 'stops' ? client.stop() : client.auth.login({ username, password })
          done.then(resolve, reject)
        })
      })
      network.heal()
      await answered
      if (what === 'stops') {
        expect(kept).toBeNull()
        expect((await cache.read()).outbox).toHaveLength(1)
        return
      }
      await bob.device.reads(conversationId, 'not sent yet')
      expect(kept).not.toBeNull()
      await client.stop()
    },
  )

  test('the bot of the documentation runs as it is written there', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const document = await readFile(join(root, 'docs/sdk.md'), 'utf8')
    const program = /```(?:ts|js|typescript|javascript)\n([\s\S]*?)```/.exec(document)?.[1]
    if (program === undefined) throw new Error('docs/sdk.md shows no program')
    expect(program.trim().split('\n').length).toBeLessThanOrEqual(25)
    const folder = await mkdtemp(join(root, 'tests/.bot-'))
    const file = join(folder, 'bot.ts')
    await writeFile(file, program)
    const bot = spawn(process.execPath, ['--import', 'tsx', file], {
      cwd: root,
      env: {
        PATH: process.env['PATH'] ?? '',
        PALABRE_URL: world.server.url,
        PALABRE_USERNAME: bob.username,
        PALABRE_PASSWORD: bob.password,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [bot.stdout, bot.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    try {
      const { conversationId } = await alice.says('hello, bot', bob)
      const timeline = alice.device.client.messages.timeline(conversationId)
      await observed(
        timeline,
        ({ messages }) =>
          messages.some(({ message }) => message.senderId === bob.id && message.kind === 'text'),
        'the bot answers',
      ).catch((error: Error) => {
        throw new Error(`${error.message}\nthe bot said: ${output}`)
      })
    } finally {
      bot.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    }
  })
})
