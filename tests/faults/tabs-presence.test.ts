// What the tabs of one browser tell each other does not overtake itself.
import { test } from 'vitest'
import { groupOf, send } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { tabsOf } from '../kit/tabs.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('several tabs on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  test('[PRES-1] what changed while an answer waited for the cache is what a tab that follows shows', async () => {
    const { alice } = await world.people('alice')
    const { bob, carol } = await world.accounts('bob', 'carol')
    const id = await groupOf(carol, alice, bob)
    const tabs = tabsOf(alice)
    const { write } = tabs.cache
    let gate = Promise.resolve()
    tabs.cache.write = async (change) => {
      await gate
      await write(change)
    }
    const leader = await tabs.opens()
    const follower = await tabs.opens()
    const shown = (device: typeof leader, status: string) =>
      observed(device.client.presence.of(bob.id), (presence) => presence?.status === status, status)
    await shown(leader, 'offline')

    let open = () => {}
    gate = new Promise((resolve) => (open = resolve))
    const { seq } = await send(carol, id, 'something to keep')
    await observed(
      leader.client.messages.timeline(id),
      ({ messages }) => messages.at(-1)?.message.seq === seq,
      'it is being written',
    )
    const asked = new Promise<void>((resolve) =>
      tabs.browser.passing((word) => {
        if (JSON.stringify(word).includes('watchPresence')) resolve()
        return true
      }),
    )
    const stop = follower.client.presence.of(bob.id).subscribe(() => undefined)
    await asked
    await bob.opens()
    await shown(leader, 'online')
    open()
    // Answered after the one before.
    await follower.client.call('getMe', {})
    await shown(follower, 'online')
    stop()
  })
})
