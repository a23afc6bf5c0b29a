// Several tabs of one person: one order, one number of unread, and whoever leads may be killed at any step.
import { expect, test } from 'vitest'
import type { Envelope } from '../../packages/client/src/tabs/words.ts'
import { range, textsOf, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { createRandom, givenSeed } from '../kit/random.ts'
import { tabsOf, type TabDevice } from '../kit/tabs.ts'
import { eventually, observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

const seed = givenSeed()
const sent = (tab: TabDevice) => observed(tab.client.waiting, (waiting) => waiting === 0, 'all sent')
const leads = (tab: TabDevice) => observed(tab.client.tabs.role, (role) => role === 'leader', 'it leads')

onEachStore(`several tabs on %s, SEED=${seed}`, { isLong: true }, (store) => {
  const world = useWorld(store)

  test('[TAB-1] one leads, the others follow; what is written in any of them arrives once', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const tabs = tabsOf(alice)
    const leader = await tabs.opens()
    const follower = await tabs.opens()
    expect([leader, follower].map(({ client }) => client.tabs.role.get())).toEqual(['leader', 'follower'])
    const { conversationId: id } = await follower.says('from the follower', bob)
    await leader.says('from the leader', id)
    await follower.says('again', id)
    await bob.says('hello', id)
    for (const device of [leader, follower, bob.device]) {
      await device.reads(id, 'hello')
      expect(textsOf(await device.history(id))).toEqual([
        'from the follower',
        'from the leader',
        'again',
        'hello',
      ])
    }
  })

  test('[TAB-3] [OUT-1] the leader is killed while both write: nothing lost, nothing doubled, in order', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const tabs = tabsOf(alice)
    const leader = await tabs.opens()
    const follower = await tabs.opens()
    const { conversationId: id } = await leader.says('0', bob)
    await follower.reads(id, '0')
    const texts = range(1, 30).map(String)
    let asked: Promise<unknown> | null = null
    for (const text of texts) {
      await (Number(text) < 15 && Number(text) % 2 ? leader : follower).writes(text, id)
      if (text === '15') {
        asked = follower.client.users.find(bob.username)
        await leader.kill()
      }
    }
    // Asked of the one that is gone, answered by the next one.
    expect(await asked).toHaveLength(1)
    await leads(follower)
    await sent(follower)
    await bob.device.reads(id, '30')
    expect(textsOf(await bob.device.history(id))).toEqual(['0', ...texts])
    expect(textsOf(await follower.history(id))).toEqual(['0', ...texts])
  })

  test('[TAB-2] [TAB-3] [OUT-1] [P2] the leader dies before any of its writes: what the others were told is kept is sent once', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const tabs = tabsOf(alice)
    let leader = await tabs.opens()
    const { conversationId: id } = await leader.says('first', bob)
    const kept: string[] = ['first']
    for (const n of range(1, 14)) {
      const follower = await tabs.opens()
      await follower.reads(id, 'first')
      leader.tab.killBeforeWrite(n, () => void leader.kill())
      const write = async (tab: TabDevice, text: string) => {
        const isKept = await tab.writes(text, id).then(
          () => true,
          () => false,
        )
        if (isKept) kept.push(text)
      }
      await write(follower, `${n} from the follower`)
      await write(leader, `${n} from the leader`)
      await write(follower, `${n} from the follower again`)
      await leader.kill()
      await leads(follower)
      await sent(follower)
      leader = follower
    }
    await bob.device.reads(id, kept.at(-1) ?? '')
    const texts = textsOf(await bob.device.history(id))
    expect(new Set(texts).size).toBe(texts.length)
    // A write that died with its tab may have been kept all the same; the others are all there, in order.
    expect(texts.filter((text) => kept.includes(text))).toEqual(kept)
  })

  test('[TAB-2] [OUT-1] nobody is told: the next tab that opens sends what is kept', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const tabs = tabsOf(alice)
    const leader = await tabs.opens()
    const follower = await tabs.opens()
    const { conversationId: id } = await leader.says('first', bob)
    await follower.reads(id, 'first')
    // It is kept, and its tab is gone before it can tell.
    tabs.browser.passing(() => false)
    await follower.writes('kept in the last moment', id)
    await follower.kill()
    tabs.browser.passing(() => true)
    await bob.device.reads(id, 'kept in the last moment')
    await sent(leader)
  })

  test('[TAB-1] [P4] words between the tabs are lost, and the leader changes again and again: all end the same', async () => {
    const random = createRandom(seed)
    const { alice, bob } = await world.people('alice', 'bob')
    const tabs = tabsOf(alice)
    const open = [await tabs.opens(), await tabs.opens(), await tabs.opens()]
    const { conversationId: id } = await (open[0] as TabDevice).says('0', bob)
    for (const tab of open) await tab.reads(id, '0')
    tabs.browser.passing((word) => (word as Envelope).word?.say !== 'news' || random.chance(0.8))
    const texts = range(1, 40).map(String)
    for (const text of texts) {
      await random.pick(open).writes(text, id)
      await bob.device.says(`echo of ${text}`, id)
      if (Number(text) % 10 === 0) {
        await open.shift()?.kill()
        open.push(await tabs.opens())
      }
    }
    tabs.browser.passing(() => true)
    await bob.device.says('the end', id)
    for (const tab of open) {
      await tab.reads(id, 'the end')
      await sent(tab)
      const history = textsOf(await tab.history(id))
      expect(history.filter((text) => texts.includes(text))).toEqual(texts)
      expect(history).toHaveLength(82)
    }
  })

  test('[TAB-1] [SYNC-10] paging back, reading, typing and presence work in a tab that follows, for all of them', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const tabs = tabsOf(alice)
    const { conversationId: id } = await alice.says('0', bob)
    for (const n of range(1, 260)) await bob.does('sendMessage', textTo(id, String(n)))
    const leader = await tabs.opens()
    const follower = await tabs.opens()
    const view = () => [leader, follower].map((tab) => tab.client.conversations.one(id))
    for (const one of view()) await observed(one, (row) => row?.unread === 260, 'all unread')
    expect(textsOf(await follower.history(id))).toEqual(range(0, 260).map(String))

    // The leader pages for both: it hears of changes there, and so does the one that follows.
    const [old] = (await bob.does('listMessages', { conversationId: id, before: 6, limit: 1 })).messages
    if (!old) throw new Error('it is there')
    await bob.device.client.messages.edit(id, old.id, 'edited')
    for (const tab of [leader, follower])
      await tab.sees(id, old.id, ({ message }) => message.kind === 'text' && message.body.text === 'edited')

    follower.client.receipts.markRead(id, 262)
    for (const one of view()) await observed(one, (row) => row?.unread === 0, 'nothing unread')
    await observed(
      bob.device.client.conversations.one(id),
      (row) => row?.conversation.others.readSeq === 262,
      'bob knows',
    )

    const presence = follower.client.presence.of(bob.id)
    const stop = presence.subscribe(() => undefined)
    await observed(presence, (is) => is?.status === 'online', 'bob is online')
    bob.device.client.presence.setTyping(id, 'typing')
    for (const one of view()) await observed(one, (row) => row?.typing.length === 1, 'bob types')
    follower.client.presence.setTyping(id, 'typing')
    await observed(bob.device.client.conversations.one(id), (row) => row?.typing.length === 1, 'alice types')
    const found = await follower.client.users.find(bob.username)
    expect(found.map((user) => user.id)).toEqual([bob.id])
    stop()
  })

  test('[TAB-4] [SEC-31] who signs out in one tab is signed out in all, and nothing is kept', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const tabs = tabsOf(alice)
    const leader = await tabs.opens()
    const follower = await tabs.opens()
    const { conversationId: id } = await leader.says('first', bob)
    await follower.reads(id, 'first')
    await follower.client.auth.logout()
    for (const tab of [leader, follower]) {
      await observed(tab.client.me, (me) => me === null, 'nobody is signed in')
      await observed(
        tab.client.connection,
        (state) => state.name === 'signedOut' && state.because === null,
        'signed out, by oneself',
      )
    }
    expect(tabs.session.current).toBeNull()
    const { conversations, outbox } = await tabs.cache.read()
    expect([conversations, outbox]).toEqual([[], []])

    await leader.client.auth.login({ username: alice.username, password: alice.password })
    for (const tab of [leader, follower]) await tab.reads(id, 'first')
  })

  test('[TAB-4] [CON-3] a session that is ended elsewhere ends in all tabs, with the reason', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const tabs = tabsOf(alice)
    const leader = await tabs.opens()
    const follower = await tabs.opens()
    await leader.says('first', bob)
    await alice.device.client.auth.endOtherSessions()
    for (const tab of [leader, follower])
      await observed(
        tab.client.connection,
        (state) => state.name === 'signedOut' && state.because === 'SESSION_ENDED',
        'the session is over',
      )
    await Promise.all([leader.stop(), follower.stop()])
  })

  test('[TAB-1] the leader’s storage takes nothing any more: a tab that comes is told all of it', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const tabs = tabsOf(alice)
    const leader = await tabs.opens()
    const { conversationId: id } = await leader.says('0', bob)
    Object.assign(leader.cache, { write: () => Promise.resolve(), isLevel: () => false })
    for (const n of range(1, 5)) await bob.device.says(String(n), id)
    await leader.reads(id, '5')
    const follower = await tabs.opens()
    await follower.reads(id, '5')
    await follower.says('6', id)
    expect(textsOf(await follower.history(id))).toEqual(range(0, 6).map(String))
    // The next one reads what is older, and catches up.
    await leader.kill()
    await leads(follower)
    await follower.says('7', id)
    expect(textsOf(await follower.history(id))).toEqual(range(0, 7).map(String))
  })

  test('[TAB-5] a tab of a newer build leads; an older one applies nothing of it and says so', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const tabs = tabsOf(alice)
    const leader = await tabs.opens()
    const follower = await tabs.opens()
    const { conversationId: id } = await leader.says('first', bob)
    await follower.reads(id, 'first')
    const newer = tabs.browser.tab()
    const lock = newer.ports.lock(`palabre-cache-${alice.id}`)
    const word: Envelope = {
      version: 1_000_000,
      from: 'newer',
      to: null,
      word: { say: 'hello', isVisible: true, isFocused: true },
    }
    newer.ports.channel(`palabre-tabs-${alice.id}`).post(word)
    await lock.held
    for (const tab of [leader, follower]) {
      await observed(tab.client.tabs.role, (role) => role === 'outdated', 'it is outdated')
      expect(tab.client.storage.get()).toEqual({ name: 'memory', because: 'outdated' })
      await tab.stop()
    }
    await eventually(() => (tabs.session.current ? true : undefined), 'nobody was signed out')
  })
})
