// Deleting an account on a server whose clock is moved: what remains of a person, in answers, on devices that were there and
// on new ones, and on the disk; and that a job that is interrupted anywhere is taken up again.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createApp, loadConfig } from '@palabre/server'
import { limits, PalabreError, type ConversationId } from '@palabre/protocol'
import type { Store } from '../../packages/server/src/store/port/store.ts'
import { openSqliteStore } from '../../packages/server/src/store/sqlite/open.ts'
import { movedClock } from '../kit/clock.ts'
import { directOf, groupOf, send, seqsOf, textOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { register, type Person } from '../kit/people.ts'
import { mediaTo, picture, uploaded } from '../kit/upload.ts'
import { eventually } from '../kit/wait.ts'
import { askHttp } from '../kit/wire.ts'
import { useWorld } from '../kit/world.ts'

const grace = limits.erasureGraceMs

/** Whether these words stand in any file below the folder. */
async function isWritten(folder: string, words: string): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const held = await Promise.all(files.map((file) => readFile(file).catch(() => Buffer.alloc(0))))
  return held.some((bytes) => bytes.includes(words))
}

async function signsIn(url: string, { username, password }: Person, stay?: true) {
  return askHttp(url, 'login', { username, password, tokens: 'body', ...(stay && { stay }) })
}

/** Somebody who acts again after the clock was moved. */
async function again(url: string, person: Person): Promise<Person> {
  const answer = await signsIn(url, person)
  if (!answer.ok) throw new Error(JSON.stringify(answer))
  const token = answer.output.accessToken
  const ask: Person['ask'] = (name, input) => askHttp(url, name, input, token)
  const does: Person['does'] = async (name, input) => {
    const done = await ask(name, input)
    if (!done.ok) throw new Error(`${name}: ${JSON.stringify(done.error)}`)
    return done.output
  }
  const own = { token: { value: token }, ask: { value: ask }, does: { value: does } }
  return Object.create(person, own) as Person
}

onEachStore('on %s', {}, (store) => {
  const clock = movedClock()
  const world = useWorld(store, { DIRECTORY: 'open' }, clock.now)

  test('[ERASE-1] who deletes their account is signed out and not found, and can take it back', async () => {
    const { url } = world.server
    // Whoever is first runs the server, and cannot go before somebody else does.
    const { oscar } = await world.accounts('oscar')
    expect(await oscar.refusal('deleteMe', { password: oscar.password })).toBe('OPERATOR_REQUIRED')
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const pair = await directOf(alice, bob)
    expect(await alice.refusal('deleteMe', { password: 'not this one at all' })).toBe('CREDENTIALS_WRONG')
    expect(await alice.refusal('getMe', {})).toBeNull()
    const { eraseAt } = await alice.does('deleteMe', { password: alice.password })
    expect(eraseAt).toBe(clock.now() + grace)
    expect(await alice.refusal('getMe', {})).toBe('SESSION_ENDED')
    expect((await carol.does('findUsers', { query: alice.username })).users).toEqual([])
    expect(await carol.refusal('getUser', { userId: alice.id })).toBe('USER_NOT_FOUND')
    expect(await carol.refusal('addContact', { userId: alice.id })).toBe('USER_NOT_FOUND')
    const direct = { kind: 'direct', userId: alice.id } as const
    expect(await carol.refusal('createConversation', direct)).toBe('USER_NOT_FOUND')
    // Whoever talks to her already does not lose her name.
    expect((await bob.does('getUser', { userId: alice.id })).user.displayName).toBe('Alice')

    const asked = await signsIn(url, alice)
    expect(asked).toMatchObject({ ok: false, error: { code: 'ACCOUNT_LEAVING', details: { eraseAt } } })
    expect((await signsIn(url, alice, true)).ok).toBe(true)
    const back = await again(url, alice)
    expect((await carol.does('findUsers', { query: alice.username })).users).toHaveLength(1)
    expect((await send(back, pair, 'I stay')).seq).toBe(2)
  })

  test('[ERASE-2] [ERASE-3] [ERASE-4] nothing of who was erased is left, and the others keep their order', async () => {
    const { url, dataDir } = world.server
    const { bob, carol } = await world.people('bob', 'carol')
    const late = await bob.opens()
    // Not one of those whose devices are compared at the end: hers are gone.
    const alice = await register(url, 'alice')
    await alice.does('updateMe', { displayName: 'Zzcanary Name', about: 'zzcanary about' })
    await alice.does('addContact', { userId: bob.id })
    const pair = await directOf(alice, bob)
    const group = await groupOf(alice, bob, carol)
    const former = await groupOf(alice, bob)
    for (const id of [pair, group, former]) await send(alice, id, `zzcanary words ${id}`)
    const [own, shared] = [await picture(90, 60), await picture(91, 61)]
    for (const bytes of [own, shared]) {
      const { id } = await uploaded(url, alice, bytes, 'image')
      await alice.does('sendMessage', mediaTo(pair, 'image', id, { text: 'zzcanary caption' }))
    }
    // The same bytes, sent by somebody else.
    const his = await uploaded(url, bob, shared, 'image')
    await bob.does('sendMessage', mediaTo(pair, 'image', his.id))
    const quoted = await send(alice, group, 'zzcanary quoted')
    const reply = await send(bob, group, 'I agree', { replyTo: quoted.id })
    await alice.does('removeMember', { conversationId: former, userId: alice.id })
    for (const { device } of [bob, carol]) await device.sees(group, reply.id)
    await late.sees(group, reply.id)
    late.setOnline(false)
    const before = new Map<ConversationId, number[]>()
    for (const id of [pair, group, former])
      before.set(id, seqsOf((await bob.does('listMessages', { conversationId: id, limit: 100 })).messages))
    if (store === 'sqlite') expect(await isWritten(dataDir, 'zzcanary')).toBe(true)

    await alice.does('deleteMe', { password: alice.password, messages: 'erase' })
    clock.moveBy(grace)
    const eve = await register(url, 'eve')
    const bobNow = await again(url, bob)
    await eventually(
      async () => {
        const { conversation } = await bobNow.does('getConversation', { conversationId: group })
        return conversation.members.some(({ user }) => user.id === alice.id) ? undefined : true
      },
      'she has left',
      60_000,
    )
    await eventually(
      async () => {
        const { conversation } = await bobNow.does('getConversation', { conversationId: pair })
        const { lastMessage: last } = conversation
        return last?.kind === 'system' && last.body.event === 'account_deleted' ? true : undefined
      },
      'it is said in the direct conversation',
      60_000,
    )

    // What the server answers.
    for (const id of [pair, group, former]) {
      const { messages } = await bobNow.does('listMessages', { conversationId: id, limit: 100 })
      const seqs = before.get(id) ?? []
      expect(seqsOf(messages).slice(0, seqs.length)).toEqual(seqs)
      expect(JSON.stringify(messages)).not.toContain('zzcanary')
      for (const message of messages) {
        if (message.senderId === alice.id && message.kind !== 'system')
          expect(message.deletedAt).not.toBeNull()
      }
    }
    expect((await bobNow.does('searchMessages', { query: 'zzcanary' })).hits).toEqual([])
    expect((await bobNow.does('getUser', { userId: alice.id })).user).toMatchObject({
      username: '',
      displayName: '',
    })
    expect((await bobNow.does('findUsers', { query: 'zzcanary' })).users).toEqual([])
    const { conversation } = await bobNow.does('getConversation', { conversationId: group })
    // The longest-standing of the others.
    expect(conversation.members.find(({ role }) => role === 'owner')?.user.id).not.toBe(alice.id)
    expect(conversation.memberCount).toBe(2)
    // Nobody takes her name over, nor one that looks like it.
    const taken = { password: 'a long phrase of somebody else', displayName: 'Not Alice' }
    for (const username of [alice.username, alice.username.replace('a', 'a.')])
      expect(await eve.refusal('register', { ...taken, username })).toBe('USERNAME_TAKEN')
    expect(await signsIn(url, alice)).toMatchObject({ ok: false, error: { code: 'CREDENTIALS_WRONG' } })

    // Devices: one that was there, one that comes back, and (after every test) one that starts afresh.
    late.setOnline(true)
    for (const device of [bob.device, carol.device, late]) {
      await eventually(
        async () => {
          const ids = device === carol.device ? [group] : [pair, group, former]
          const held = await Promise.all(ids.map((id) => device.cache.messages(id, null, 100)))
          const name = device.client.users.user(alice.id).get()?.displayName ?? ''
          return JSON.stringify([held, name]).includes('zzcanary') ? undefined : true
        },
        'a device has let her go',
        60_000,
      )
    }
    const shownReply = (await bob.device.cache.messages(group, null, 100)).find(({ id }) => id === reply.id)
    expect(shownReply && textOf(shownReply)).toBe('I agree')

    // The disk: bodies, the search, the log, and the one picture; the other one is still his.
    const media = join(dataDir, 'media')
    await eventually(
      async () => ((await isWritten(dataDir, 'zzcanary')) ? undefined : true),
      'nothing of her is in any file',
      60_000,
    )
    const blobs = (await readdir(media, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    )
    expect(blobs.length).toBeGreaterThan(0)
    const ofHis = await fetch(`${url}/api/v1/media/${his.id}`, {
      headers: { authorization: `Bearer ${bobNow.token}` },
    })
    expect(ofHis.status).toBe(200)
  })

  test('[ERASE-4] who lets the others keep the messages takes everything else', async () => {
    const { url } = world.server
    const { bob } = await world.people('bob')
    const alice = await register(url, 'alice')
    const pair = await directOf(alice, bob)
    const said = await send(alice, pair, 'for you to keep')
    await bob.device.sees(pair, said.id)
    await alice.does('deleteMe', { password: alice.password })
    clock.moveBy(grace)
    const bobNow = await again(url, bob)
    await eventually(
      async () => {
        const { messages } = await bobNow.does('listMessages', { conversationId: pair })
        return messages.at(-1)?.kind === 'system' && messages.length === 3 ? true : undefined
      },
      'her account is gone',
      60_000,
    )
    const { messages } = await bobNow.does('listMessages', { conversationId: pair })
    expect(messages.map(textOf)).toEqual(['conversation_created', 'for you to keep', 'account_deleted'])
    expect((await bobNow.does('getUser', { userId: alice.id })).user.username).toBe('')
  })
})

describe('a job that is interrupted', () => {
  let dataDir = ''
  afterEach(() => rm(dataDir, { recursive: true, force: true }))

  /** The log refuses from its `nth` write on, as if the process had been killed there. */
  function dying(store: Store, nth: number): Store {
    let left = nth
    const orDie =
      <A extends unknown[], R>(write: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        if (left === 0) throw new PalabreError('STORE_UNAVAILABLE')
        left -= 1
        return write(...args)
      }
    const { log, erasures } = store
    return {
      ...store,
      log: { ...log, append: orDie(log.append), change: orDie(log.change) },
      erasures: { ...erasures, tombstone: orDie(erasures.tombstone), done: orDie(erasures.done) },
    }
  }

  test.each([4])('[ERASE-6] after %d of its steps is taken up and done once', async (steps) => {
    dataDir = await mkdtemp(join(tmpdir(), 'palabre-erasure-'))
    const clock = movedClock()
    const env = {
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: dataDir,
      RATE_LIMITS: 'off',
      PASSWORD_COST: 'light',
      LOG_LEVEL: 'silent',
    }
    const config = loadConfig(env)
    const first = await createApp(config, clock.now)
    const { url } = await first.listen()
    const bob = await register(url, 'bob')
    const alice = await register(url, 'alice')
    const [pair, group] = [await directOf(alice, bob), await groupOf(alice, bob)]
    for (const id of [pair, group]) await send(alice, id, 'zzcanary')
    await alice.does('deleteMe', { password: alice.password, messages: 'erase' })
    await first.close()

    clock.moveBy(grace)
    const inner = await openSqliteStore({ dataDir, now: clock.now })
    const second = await createApp(config, clock.now, { store: dying(inner, steps) })
    await eventually(
      async () => ((await inner.erasures.of(alice.id))?.state === 'running' ? true : undefined),
      'begun',
    )
    await second.close()
    await inner.close()

    const third = await createApp(config, clock.now)
    const { url: again3 } = await third.listen()
    const bobNow = await again(again3, bob)
    const all = async () => {
      const pages = [pair, group].map((conversationId) => bobNow.does('listMessages', { conversationId }))
      return (await Promise.all(pages)).map(({ messages }) => messages.map(textOf))
    }
    await eventually(async () => {
      const [inPair, inGroup] = await all()
      return inPair?.at(-1) === 'account_deleted' && inGroup?.at(-1) === 'member_left' ? true : undefined
    }, 'it is done')
    expect(await all()).toEqual([
      ['conversation_created', '', 'account_deleted'],
      ['conversation_created', '', 'member_left'],
    ])
    await third.close()
  })
})
