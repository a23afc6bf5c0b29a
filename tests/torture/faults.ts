// What is broken, and how: one function for each fault of the plan. Each mends what it broke after its time, or leaves
// that to `heal`, which mends everything. Faults of a node go one after the other; those of links side by side.
import type { FaultName, Fault } from './plan.ts'
import type { Truth } from './history.ts'
import type { Place, World } from './world.ts'

export interface Faults {
  inject(fault: Fault): void
  /** Ends what is broken and waits until everything is up again. */
  heal(): Promise<void>
  /** Of earlier lives of the store. */
  readonly truths: readonly Truth[]
  /** Faults that could not be made as planned, and why. */
  readonly troubles: readonly string[]
}

const dayMs = 86_400_000
const clockStepMs = 250
/** Longer than a write waits for the disk by itself. */
const leastDiskMs = 2_000
const leastDeafMs = 3_000
const momentWithinMs = 1_500
/** Of those over HTTP: renewals of tokens, and what scripts send. */
const repeatedRequests = 6
/** Requests whose answer it matters to lose. */
const changes = ['send_message', 'edit_message', 'delete_message', 'react', 'mark_read'] as const

export function createFaults(world: World): Faults {
  const { places, nodes, crews, record } = world
  const truths: Truth[] = []
  const troubles: string[] = []
  const running = new Set<Promise<void>>()
  /** What each fault has still to mend; run early by `heal`. */
  const mending = new Set<() => void>()
  let nodeLine: Promise<void> = Promise.resolve()
  let isHealing = false

  /** Resolves after the time, or as soon as everything heals. */
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

  const node = nodes[0]
  if (node === undefined) throw new Error('there is no node')

  async function up(each: World['nodes'][number] | undefined): Promise<void> {
    await each?.start()
    record.note('the node is up again')
  }

  async function killed(lastsMs: number): Promise<void> {
    await node?.kill()
    await pause(lastsMs)
    await up(node)
  }

  async function hindered(hinder: () => Promise<() => Promise<void>>, lastsMs: number): Promise<void> {
    const undo = await hinder()
    await pause(Math.max(leastDiskMs, lastsMs))
    await undo()
  }

  const onNode: { readonly [name in FaultName]?: (fault: Fault, place: Place) => Promise<void> } = {
    kill: ({ lastsMs }) => killed(lastsMs),
    async killInAppend({ lastsMs }) {
      await world.next('appending', momentWithinMs)
      await killed(lastsMs)
    },
    async killInFanout({ lastsMs }) {
      await world.next('fanningOut', momentWithinMs)
      await killed(lastsMs)
    },
    async rollingRestart() {
      for (const each of nodes) {
        await each.drain()
        await up(each)
      }
    },
    async storm() {
      for (const { link } of places) link.drop()
    },
    diskFull: ({ lastsMs }) => hindered(() => node.fillDisk(), lastsMs),
    storeRefuses: ({ lastsMs }) => hindered(() => node.refuseWrites(), lastsMs),
    async restore({ lastsMs }) {
      const takenAt = record.steps.length
      const goBack = await node.backUp()
      await pause(lastsMs)
      await node.kill()
      truths.push(node.truth())
      await goBack()
      record.add({ step: 'restored', at: record.at(), takenAt })
      await up(node)
    },
  }

  const onLink: { readonly [name in FaultName]?: (fault: Fault, place: Place) => Promise<void> } = {
    async drop(_, { link }) {
      link.drop()
    },
    async cut({ lastsMs }, { link }) {
      link.cut()
      await pause(lastsMs)
      link.heal()
    },
    async cutBeforeCommit(_, { link }) {
      link.spoil('beforeServer', changes)
    },
    async cutAfterCommit(_, { link }) {
      link.spoil('afterCommit', changes)
    },
    async loseAck(_, { link }) {
      link.spoil('onlyAck', changes)
    },
    async halfOpen(_, { link }) {
      link.halfOpen()
    },
    async stall({ lastsMs }, { link }) {
      link.stall()
      await pause(lastsMs)
      link.heal()
    },
    async slowLink({ lastsMs, which }, { link }) {
      link.slow(20 + 300 * which)
      await pause(lastsMs)
      link.heal()
    },
    async slowConsumer({ lastsMs }, { link, order }) {
      link.deafen()
      await crews.tell<'flood'>({ order: 'flood', device: order.name })
      await pause(Math.max(leastDeafMs, lastsMs))
      link.heal()
    },
    async repeatHttp({ which }, { link }) {
      link.repeatHttp(repeatedRequests, 1_500 * which)
    },
    async delayHttp({ which }, { link }) {
      link.delayHttp(repeatedRequests, 100 + 2_000 * which)
    },
    async clockJump({ lastsMs, which }, { order }) {
      const ms = which < 0.5 ? -dayMs : dayMs
      await crews.tell<'clock'>({ order: 'clock', device: order.name, ms })
      await pause(lastsMs)
      await crews.tell<'clock'>({ order: 'clock', device: order.name, ms: 0 })
    },
    async clockSteps({ lastsMs, which }, { order }) {
      for (let passed = 0; passed < lastsMs && !isHealing; passed += clockStepMs) {
        const ms = Math.round((which - 0.5) * dayMs * Math.sin(passed))
        await crews.tell<'clock'>({ order: 'clock', device: order.name, ms })
        await pause(clockStepMs)
      }
    },
    async tokenExpires(_, { link, order }) {
      // It takes its token for good, connects with it, and does not renew it: it runs out in the middle of things.
      await crews.tell<'clock'>({ order: 'clock', device: order.name, ms: -dayMs })
      link.drop()
    },
    async reload(_, { order }) {
      await crews.tell<'reload'>({ order: 'reload', device: order.name })
    },
    async reloadFullOutbox({ lastsMs, which }, { link, order }) {
      link.cut()
      for (let n = 0; n < 3; n += 1) {
        const deed = {
          deed: 'burst',
          where: (which + n / 3) % 1,
          which,
          text: `⟨full ${record.at()} ${n}⟩`,
        } as const
        await crews.tell<'deed'>({ order: 'deed', device: order.name, deed })
      }
      await crews.tell<'reload'>({ order: 'reload', device: order.name })
      await pause(lastsMs)
      link.heal()
    },
    async leaderKilled({ which }, { order }) {
      const beforeWrite = 1 + Math.floor(which * 6)
      await crews.tell<'killLeader'>({ order: 'killLeader', device: order.name, beforeWrite })
    },
    async removedWhileOffline({ lastsMs, which }, { person }) {
      const theirs = places.filter((place) => place.person === person)
      const groups = world.groups.filter(({ owner }) => owner !== person)
      const group = groups[Math.floor(which * groups.length)]
      const asker = places.find((place) => place.person === group?.owner)
      if (group === undefined || asker === undefined) return
      const order = {
        order: 'member',
        device: asker.order.name,
        conversation: group.id,
        user: person.id,
      } as const
      for (const { link } of theirs) link.cut()
      try {
        await crews.tell<'member'>({ ...order, isWanted: true }).catch(() => undefined)
        await crews.tell<'member'>({ ...order, isWanted: false })
        await pause(lastsMs)
        if (which < 0.6) await crews.tell<'member'>({ ...order, isWanted: true })
      } finally {
        for (const { link } of theirs) link.heal()
      }
    },
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
    const isCounted = !(name === 'cutBeforeCommit' || name === 'cutAfterCommit' || name === 'loseAck')
    // Those three are counted when a request comes by.
    const note = () => {
      if (isCounted) record.fault(name, `${name}${onLink[name] ? ` of ${place.order.name}` : ''}`)
    }
    if (name === 'killDevices') {
      note()
      await crews.killOf(place.order.name, fault.lastsMs)
    } else if (onLink[name]) {
      note()
      await onLink[name](fault, place)
    } else {
      const mine = nodeLine.then(async () => {
        if (isHealing) return
        note()
        await onNode[name]?.(fault, place)
      })
      nodeLine = mine.catch(() => undefined)
      await mine
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
      for (const each of nodes) if (!each.isUp()) await up(each)
      for (const { link } of places) link.heal()
      await Promise.all(places.map(({ order }) => crews.tell<'mend'>({ order: 'mend', device: order.name })))
      isHealing = false
    },
  }
}
