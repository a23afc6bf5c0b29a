// What is broken, and when it is mended: each fault of the plan mends what it broke after its time, or leaves that to
// `heal`, which mends everything. Faults of servers go one after the other, beside them those of Redis; those of links
// side by side. What each does is `faults/`.
import type { Breaking } from './faults/breaking.ts'
import { linkFaults } from './faults/links.ts'
import { redisFaults } from './faults/redis.ts'
import { serverFaults } from './faults/servers.ts'
import type { Truth } from './history.ts'
import type { Violation } from './invariants.ts'
import type { Fault, FaultName } from './plan.ts'
import type { World } from './world.ts'

export interface Faults {
  inject(fault: Fault): void
  /** Ends what is broken and waits until everything is up again. */
  heal(): Promise<void>
  /** Of earlier lives of the store. */
  readonly truths: readonly Truth[]
  /** Faults that could not be made as planned, and why. */
  readonly troubles: readonly string[]
}

/** Counted when a request comes by. */
const countedLater: readonly FaultName[] = ['cutBeforeCommit', 'cutAfterCommit', 'loseAck']

export function createFaults(world: World): Faults {
  const { places, servers, crews, record } = world
  const truths: Truth[] = []
  const troubles: string[] = []
  const running = new Set<Promise<void>>()
  /** What each fault has still to mend; run early by `heal`. */
  const mending = new Set<() => void>()
  const lines = { server: Promise.resolve(), redis: Promise.resolve() }
  let isHealing = false

  function pause(ms: number): Promise<void> {
    if (isHealing) return Promise.resolve()
    return new Promise((done) => {
      const end = () => {
        clearTimeout(timer)
        mending.delete(end)
        done()
      }
      const timer = setTimeout(end, ms)
      mending.add(end)
    })
  }

  const breaking: Breaking = {
    world,
    pause,
    isHealing: () => isHealing,
    async up(node) {
      await node.start()
      record.note('the node is up again')
    },
    ended: (truth) => truths.push(truth),
  }
  const onLink = linkFaults(breaking)
  const onServer = serverFaults(breaking)
  const onRedis = redisFaults(breaking)

  async function inTurn(line: keyof typeof lines, run: () => Promise<void>): Promise<void> {
    const mine = lines[line].then(async () => {
      if (!isHealing) await run()
    })
    lines[line] = mine.catch(() => undefined)
    await mine
  }

  async function act(fault: Fault): Promise<void> {
    // Tabs are only in browsers.
    const browsers = places.filter(({ order }) => order.tabs > 1)
    const place =
      fault.fault === 'leaderKilled'
        ? browsers[Math.floor(fault.which * browsers.length)]
        : places[fault.device]
    if (place === undefined) return
    const name = fault.fault
    const note = () => {
      if (!countedLater.includes(name))
        record.fault(name, `${name}${onLink[name] ? ` of ${place.order.name}` : ''}`)
    }
    if (name === 'killDevices') {
      note()
      await crews.killOf(place.order.name, fault.lastsMs)
    } else if (onLink[name]) {
      note()
      await onLink[name](fault, place)
    } else {
      const isRedis = onRedis[name] !== undefined
      await inTurn(isRedis ? 'redis' : 'server', async () => {
        note()
        await (onRedis[name] ?? onServer[name])?.(fault, place)
      })
    }
  }

  return {
    truths,
    troubles,
    inject(fault) {
      const run = act(fault).catch((error: unknown) => {
        troubles.push(`${fault.fault}: ${error instanceof Error ? error.message : String(error)}`)
      })
      running.add(run)
      void run.finally(() => running.delete(run))
    },
    async heal() {
      isHealing = true
      record.note('everything heals')
      for (const end of [...mending]) end()
      await Promise.all(running)
      await servers.redis?.start()
      for (const { toStore, toRedis } of servers.links) {
        toStore.heal()
        toRedis.heal()
      }
      for (const node of servers.nodes) {
        const said = node.collapse()
        if (said !== null) world.violations.push(collapsed(said))
        if (said !== null || !node.isUp()) await breaking.up(node)
      }
      for (const { link } of places) link.heal()
      await Promise.all(places.map(({ order }) => crews.tell<'mend'>({ order: 'mend', device: order.name })))
      isHealing = false
    },
  }
}

/** A node that nobody killed: whatever was asked of it, it must not end. */
function collapsed(said: string): Violation {
  const states: Violation['states'] = ['it runs until it is told to stop', said]
  return { invariant: 'I1', sentence: 'a node ended by itself', states, ids: [] }
}
