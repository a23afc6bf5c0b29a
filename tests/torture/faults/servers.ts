// What is done to the server nodes and their store. One thing at a time: a fault waits for the one before it. Of several
// nodes the plan's number says which; the others go on.
import type { Breakers, Breaking } from './breaking.ts'
import type { Node } from '../node.ts'

/** Longer than a write waits for the store by itself. */
const leastStoreMs = 2_000
const momentWithinMs = 1_500
const slowestStoreMs = 120

export function serverFaults({ world, pause, up, ended }: Breaking): Breakers {
  const { places, servers, record } = world
  const { nodes, links, disk, backups } = servers

  /** One of them; once in a while all. */
  function met(which: number): readonly Node[] {
    const node = nodes[Math.floor(which * (nodes.length + 1))]
    return node === undefined ? nodes : [node]
  }

  async function killed(which: number, lastsMs: number): Promise<void> {
    const gone = met(which)
    await Promise.all(gone.map((node) => node.kill()))
    await pause(lastsMs)
    await Promise.all(gone.map(up))
  }

  async function hindered(hinder: () => Promise<() => Promise<void>>, lastsMs: number): Promise<void> {
    const undo = await hinder()
    await pause(Math.max(leastStoreMs, lastsMs))
    await undo()
  }

  const toStore = (which: number) => links[Math.floor(which * links.length)]?.toStore

  return {
    kill: ({ lastsMs, which }) => killed(which, lastsMs),
    async killInAppend({ lastsMs, which }) {
      await world.next('appending', momentWithinMs)
      await killed(which, lastsMs)
    },
    async killInFanout({ lastsMs, which }) {
      await world.next('fanningOut', momentWithinMs)
      await killed(which, lastsMs)
    },
    async rollingRestart() {
      for (const node of nodes) {
        await node.drain()
        await up(node)
        // Whoever restarts them in turn waits until the last one takes people again.
        await servers.served()
      }
    },
    async nodeDrained({ lastsMs, which }) {
      const node = nodes[Math.floor(which * nodes.length)]
      if (node === undefined) return
      await node.drain()
      await pause(lastsMs)
      await up(node)
    },
    async storm() {
      for (const { link } of places) link.drop()
    },
    async diskFull({ lastsMs }) {
      if (disk !== null) await hindered(disk.fill, lastsMs)
    },
    async storeRefuses({ lastsMs }) {
      if (disk !== null) await hindered(disk.refuse, lastsMs)
    },
    async storeAway({ lastsMs, which }) {
      const link = toStore(which)
      link?.cut()
      await pause(Math.max(leastStoreMs, lastsMs))
      link?.heal()
    },
    async storeSlow({ lastsMs, which }) {
      const link = toStore(which)
      link?.slow(Math.ceil(slowestStoreMs * which))
      await pause(Math.max(leastStoreMs, lastsMs))
      link?.heal()
    },
    async restore({ lastsMs }) {
      const [node] = nodes
      if (backups === null || node === undefined) return
      const takenAt = record.steps.length
      const goBack = await backups.take()
      await pause(lastsMs)
      await node.kill()
      ended(await servers.truth())
      await goBack()
      record.add({ step: 'restored', at: record.at(), takenAt })
      await up(node)
    },
  }
}
