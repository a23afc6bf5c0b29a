// Several tabs of one person: one order, one number of unread, and whoever leads may be killed at any step.
import { describe, expect, test } from 'vitest'
import { range, textsOf } from '../kit/make.ts'
import { stores } from '../kit/stores.ts'
import { tabsOf } from '../kit/tabs.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

describe.each(stores)('several tabs on %s', (store) => {
  const world = useWorld(store)

  test('one leads, the others follow; what is written in any of them arrives once', async () => {
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

  test('[OUT-1] the leader is killed while both write: nothing lost, nothing doubled, in order', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const tabs = tabsOf(alice)
    const leader = await tabs.opens()
    const follower = await tabs.opens()
    const { conversationId: id } = await leader.says('0', bob)
    await follower.reads(id, '0')
    const texts = range(1, 30).map(String)
    for (const text of texts) {
      await (Number(text) < 15 && Number(text) % 2 ? leader : follower).writes(text, id)
      if (text === '15') await leader.kill()
    }
    await observed(follower.client.tabs.role, (role) => role === 'leader', 'it leads')
    await observed(follower.client.waiting, (waiting) => waiting === 0, 'all sent')
    await bob.device.reads(id, '30')
    expect(textsOf(await bob.device.history(id))).toEqual(['0', ...texts])
    expect(textsOf(await follower.history(id))).toEqual(['0', ...texts])
  })
})
