// The torture's own parts, and a short run of it: real processes, every kind of loss on the links, a killed server.
// The long runs are `npm run torture`.
import { describe, expect, test } from 'vitest'
import { createFaultLink, type FaultLink, type Spoil } from '../kit/links/fault-link.ts'
import { send, textsOf, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { eventually, observed } from '../kit/wait.ts'
import { askHttp } from '../kit/wire.ts'
import { useWorld } from '../kit/world.ts'
import { readOptions } from '../torture/options.ts'
import { createPlan, faultNamesOf } from '../torture/plan.ts'
import { findings } from '../torture/report.ts'
import { torture } from '../torture/run.ts'

const smoke = { seed: 20_260_801, minutes: 0.2, people: 3, devices: 2, nodes: 1, store: 'sqlite' } as const
const smokeWithinMs = 180_000

describe('the plan and its options', () => {
  test('the same seed is the same plan, another one is another', () => {
    const plan = createPlan(smoke)
    expect(createPlan(smoke)).toEqual(plan)
    expect(createPlan({ ...smoke, seed: smoke.seed + 1 })).not.toEqual(plan)
    const times = plan.rounds.flatMap(({ steps }) => steps.map(({ at }) => at))
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  test.each([
    { nodes: 1, store: 'sqlite' },
    { nodes: 1, store: 'mongo' },
    { nodes: 3, store: 'mongo' },
  ] as const)('a long plan has every fault of $nodes on $store in it', (kind) => {
    const plan = createPlan({ seed: 1, minutes: 15, people: 6, devices: 2, ...kind })
    const steps = plan.rounds.flatMap((round) => round.steps)
    const planned = new Set(steps.flatMap((step) => (step.type === 'fault' ? [step.fault] : [])))
    expect([...planned].sort()).toEqual([...faultNamesOf(kind)].sort())
  })

  test('what makes no sense is refused in one sentence', () => {
    expect(readOptions(['--seed', '7', '--minutes=0.5'], 1)).toMatchObject({
      ask: 'run',
      options: { seed: 7, minutes: 0.5, people: 6, devices: 2, nodes: 1, store: 'sqlite', mutants: false },
    })
    expect(readOptions(['--nodes', '3'], 1)).toMatchObject({ options: { nodes: 3, store: 'mongo' } })
    expect(readOptions(['--store', 'mongo'], 1)).toMatchObject({ options: { nodes: 1, store: 'mongo' } })
    for (const wrong of [
      ['--nodes', '3', '--store', 'sqlite'],
      ['--nodes', '4'],
      ['--store', 'paper'],
      ['--people', '1'],
      ['--seed', 'x'],
      ['--seed'],
      ['--what', '3'],
      ['seed', '3'],
      ['--minutes='],
    ])
      expect(readOptions(wrong, 1)).toMatchObject({ ask: 'nothing', code: 2 })
    expect(readOptions(['--help'], 1)).toEqual({ ask: 'help' })
  })
})

onEachStore('a link with faults, on %s', (store) => {
  const world = useWorld(store)

  async function throughLink(use: (link: FaultLink, seen: string[]) => Promise<void>): Promise<void> {
    const seen: string[] = []
    const link = await createFaultLink(() => world.server.port, {
      connected: () => seen.push('connected'),
      answered: (event, _input, _answer, isLost) => seen.push(`${event}${isLost ? ' lost' : ''}`),
      spoiled: (how) => seen.push(how),
    })
    try {
      await use(link, seen)
    } finally {
      await link.close()
    }
  }

  test.each(['beforeServer', 'afterCommit', 'onlyAck'] as const satisfies Spoil[])(
    '[P2] [OUT-1] a message whose request or answer is lost (%s) is stored once',
    async (how) => {
      await throughLink(async (link, seen) => {
        const { alice, bob } = await world.people('alice', 'bob')
        const phone = await alice.opens({ network: { ...(await world.network()), url: link.url } })
        const { conversationId } = await phone.says('first', bob)
        link.spoil(how, ['send_message'])
        await phone.writes('lost on the way', conversationId)
        await bob.device.reads(conversationId, 'lost on the way')
        await observed(phone.client.waiting, (waiting) => waiting === 0, 'nothing waits')
        expect(textsOf(await bob.device.history(conversationId))).toEqual(['first', 'lost on the way'])
        expect(seen.filter((one) => one === how)).toHaveLength(1)
        expect(seen.includes('send_message lost')).toBe(how !== 'beforeServer')
        // Without its link it could not agree with anybody any more.
        await phone.stop()
      })
    },
  )

  test('[CON-4] on a half-open link nobody is told; a new connection brings everything', async () => {
    await throughLink(async (link, seen) => {
      const { alice, bob } = await world.people('alice', 'bob')
      const phone = await alice.opens({ network: { ...(await world.network()), url: link.url } })
      const { conversationId } = await phone.says('first', bob)
      link.halfOpen()
      await send(bob, conversationId, 'into the silence')
      expect(phone.client.connection.get().name).toBe('online')
      phone.setOnline(false)
      phone.setOnline(true)
      await phone.reads(conversationId, 'into the silence')
      expect(seen.filter((one) => one === 'connected').length).toBeGreaterThan(1)
      await phone.stop()
    })
  })

  test('[P2] a request over HTTP that arrives twice is stored once', async () => {
    await throughLink(async (link) => {
      const { alice, bob } = await world.people('alice', 'bob')
      const { conversationId } = await alice.says('first', bob)
      link.repeatHttp(1, 0)
      const input = textTo(conversationId, 'over HTTP')
      expect(await askHttp(link.url, 'sendMessage', input, alice.token)).toMatchObject({ ok: true })
      const duplicates = await eventually(async () => {
        const metrics = await fetch(`${world.server.url}/metrics`).then((answer) => answer.text())
        return /palabre_duplicates_suppressed_total [1-9]/.test(metrics) ? true : undefined
      }, 'the second one arrives')
      expect(duplicates).toBe(true)
      await bob.device.reads(conversationId, 'over HTTP')
      expect(textsOf(await bob.device.history(conversationId))).toEqual(['first', 'over HTTP'])
    })
  })
})

test(
  '[P1] [P2] [P3] [P4] [P6] a short torture of real processes finds nothing',
  async () => {
    const outcome = await torture(createPlan(smoke), () => undefined)
    expect(findings(outcome.violations, outcome.history)).toBe('')
    expect(outcome.figures.acknowledged).toBeGreaterThan(0)
    expect([...outcome.figures.faults.keys()].length).toBeGreaterThan(3)
    expect(outcome.convergenceMs).toHaveLength(1)
  },
  smokeWithinMs,
)
