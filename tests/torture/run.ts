// Plays a plan: round by round the deeds and faults at their times, then everything heals, comes to rest, and is checked.
// Answers the figures and what was found; prints nothing itself.
import { setTimeout as delay } from 'node:timers/promises'
import { createFaults, type Faults } from './faults.ts'
import type { DeviceState, History } from './history.ts'
import { check, invariants, type Violation } from './invariants.ts'
import type { Plan, Round } from './plan.ts'
import { createWorld, type World } from './world.ts'
import type { Figures } from './record.ts'

export interface Outcome {
  readonly figures: Figures
  readonly counted: { readonly duplicates: number }
  readonly troubles: readonly string[]
  readonly violations: readonly Violation[]
  /** Of each round: from its last fault's end until everything agreed. */
  readonly convergenceMs: readonly number[]
  readonly checks: number
  readonly history: History
  /** The round in which something was found. */
  readonly failedRound: number | null
}

export interface Progress {
  readonly figures: Figures
  readonly round: number
  readonly rounds: number
  readonly doing: 'breaking' | 'healing' | 'checking'
  /** Those seen while it runs; what comes to light at rest is in the outcome. */
  readonly violations: readonly Violation[]
}

/** From the end of the faults on. */
const settleWithinMs = 150_000
const lookEveryMs = 250
/** After everything looks level: marks and what the caches hold may still be on their way. */
const checkAgainMs = 1_000
const checksAtMost = 12
/** Each lets in a fresh device of everybody; for who only wants to know whether anything is wrong these do. */
const checksWhenFirst = 4
const metricsEveryMs = 2_000

/** @param endsAtFirst when something is seen while it runs: for who only wants to know whether anything is */
export async function torture(
  plan: Plan,
  onProgress: (progress: Progress) => void,
  endsAtFirst = false,
): Promise<Outcome> {
  const world = await createWorld(plan)
  const faults = createFaults(world)
  const convergenceMs: number[] = []
  const { record, servers } = world
  let history: History = {
    setting: 'processes',
    seed: plan.seed,
    steps: record.steps,
    devices: [],
    truths: [],
  }
  let violations: readonly Violation[] = []
  let failedRound: number | null = null
  let checks = 0
  const metrics = setInterval(() => {
    for (const node of servers.nodes) if (node.isUp()) node.look().catch(() => undefined)
  }, metricsEveryMs)

  try {
    await settle(world, Date.now())
    for (const [number, round] of plan.rounds.entries()) {
      const tell = (doing: Progress['doing']) =>
        onProgress({
          figures: record.figures,
          round: number + 1,
          rounds: plan.rounds.length,
          doing,
          violations: world.violations,
        })
      tell('breaking')
      await play(world, faults, round, number, () => {
        tell('breaking')
        return endsAtFirst && world.violations.length > 0
      })
      if (endsAtFirst && world.violations.length > 0) {
        violations = world.violations
        failedRound = number
        break
      }
      tell('healing')
      await faults.heal()
      const healedAt = Date.now()
      await settle(world, healedAt)
      tell('checking')
      const most = endsAtFirst ? checksWhenFirst : checksAtMost
      for (let attempt = 1; attempt <= most; attempt += 1) {
        const seen = await look(world, faults, plan.seed)
        history = seen.history
        checks += Object.keys(invariants).length
        violations = [...world.violations, ...seen.keptOut, ...check(history)]
        if (violations.length === 0) break
        await delay(checkAgainMs)
      }
      if (violations.length > 0) {
        failedRound = number
        break
      }
      convergenceMs.push(Date.now() - healedAt)
    }
    await Promise.all(servers.nodes.map((node) => node.look().catch(() => undefined)))
  } finally {
    clearInterval(metrics)
    await world.stop()
  }
  return {
    figures: record.figures,
    counted: {
      duplicates: sum(servers.nodes.map((node) => node.counted('palabre_duplicates_suppressed_total'))),
    },
    troubles: faults.troubles,
    violations,
    convergenceMs,
    checks,
    history,
    failedRound,
  }
}

async function play(
  world: World,
  faults: Faults,
  round: Round,
  number: number,
  /** Answers whether that is enough. */
  onTick: () => boolean,
): Promise<void> {
  const begun = Date.now()
  for (const [index, step] of round.steps.entries()) {
    const early = begun + step.at - Date.now()
    if (early > 0) await delay(early)
    if (onTick()) return
    if (step.type === 'fault') faults.inject(step)
    else {
      const place = world.places[step.device]
      if (place === undefined) continue
      const { deed, where, which } = step
      const text = `⟨${number + 1}.${index}⟩`
      // Refused, out of reach, or the device has just been killed: that is what the run is about.
      world.crews
        .tell<'deed'>({ order: 'deed', device: place.order.name, deed: { deed, where, which, text } })
        .catch(() => undefined)
    }
  }
  const left = begun + round.loadMs - Date.now()
  if (left > 0) await delay(left)
}

/** Until every device is online, has sent everything, and stands at the head of each of its conversations. */
async function settle(world: World, healedAt: number): Promise<void> {
  let told = ''
  while (Date.now() - healedAt < settleWithinMs) {
    const late = await notLevel(world)
    if (late.length === 0) return
    // Whoever reads a slow run wants to know whom it waited for.
    if (late.join() !== told) world.record.note(`not level yet: ${late.join('; ')}`)
    told = late.join()
    await delay(lookEveryMs)
  }
}

async function notLevel(world: World): Promise<string[]> {
  const truth = await world.servers.truth()
  const late = await Promise.all(
    world.places.map(async ({ order }) => {
      const { user, name } = order
      const glance = await world.crews.tell<'glance'>({ order: 'glance', device: name })
      const theirs = truth.conversations.filter(({ members }) =>
        members.some((member) => member.user === user),
      )
      const isLevel =
        theirs.length === Object.keys(glance.heads).length &&
        theirs.every(({ conversation, rev }) => glance.heads[conversation] === rev)
      if (!glance.isOnline) return `${name} is not online (${glance.tabs.join(', ')})`
      if (glance.waiting > 0) return `${name} has ${glance.waiting} waiting`
      return isLevel ? null : `${name} is behind`
    }),
  )
  return late.filter((one) => one !== null)
}

/** `keptOut`: of fresh devices that were not let in. */
async function look(
  world: World,
  faults: Faults,
  seed: number,
): Promise<{ history: History; keptOut: Violation[] }> {
  const { crews, places, people, record, servers } = world
  const states: DeviceState[][] = await Promise.all(
    places.map(({ order }) => crews.tell<'state'>({ order: 'state', device: order.name })),
  )
  const fresh: DeviceState[] = []
  const keptOut: Violation[] = []
  for (const person of people) {
    const place = places.find((one) => one.person === person)
    if (place === undefined) continue
    const device = { ...place.order, name: `${person.name}-fresh`, url: servers.url }
    try {
      fresh.push(await crews.tell<'fresh'>({ order: 'fresh', device }))
    } catch (error) {
      const nodes = await Promise.all(servers.nodes.map(readiness))
      keptOut.push({
        invariant: 'I10',
        sentence: `${device.name} is not let in when everything has come to rest`,
        states: ['let in', `${String(error)}; ${nodes.join(', ')}`],
        ids: [device.name],
      })
    }
  }
  // Everybody has a device that is looked at.
  const presence = Object.fromEntries(people.map(({ id }) => [id, 'online']))
  const history: History = {
    setting: 'processes',
    seed,
    steps: record.steps,
    devices: [...states.flat(), ...fresh],
    truths: [...faults.truths, await servers.truth(presence)],
  }
  return { history, keptOut }
}

/** What a node says of itself, for whoever reads why nobody got in. */
async function readiness({ url }: { readonly url: string }): Promise<string> {
  const answer = await fetch(`${url}/readyz`).then(
    (response) => response.text(),
    (error: unknown) => String(error),
  )
  return `${url}: ${answer}`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
