// One notification, followed from this page to the server, the push service, the service worker and the screen (PUSH-7).
// Stops at the first step that does not work, and says what to do about it.
import { computed, onScopeDispose, ref } from 'vue'
import { client } from '../../client.ts'
import { usePreferences } from '../../preferences.ts'
import { browserSubscription, runningWorker, subscribe, usePush } from './use-push.ts'

export const hops = [
  'support',
  'permission',
  'worker',
  'subscription',
  'server',
  'sent',
  'received',
  'shown',
] as const
export type Hop = (typeof hops)[number]
export type HopState = 'waiting' | 'running' | 'ok' | 'failed'

/** Push services deliver within a second or two; a phone that sleeps takes longer. */
const arriveMs = 20_000

class Stopped extends Error {
  readonly why: string
  readonly values: Record<string, string>
  constructor(why: string, values: Record<string, string> = {}) {
    super(why)
    this.name = 'Stopped'
    this.why = why
    this.values = values
  }
}

export function usePushTest() {
  const push = usePush()
  const preferences = usePreferences()
  const states = ref<Record<Hop, HopState>>(fresh())
  /** Key of the sentence that says what to do; null: nothing is wrong. */
  const advice = ref<{ key: string; values: Record<string, string> } | null>(null)
  const isRunning = ref(false)
  const failed = computed(() => hops.find((hop) => states.value[hop] === 'failed') ?? null)
  const isPassed = computed(() => hops.every((hop) => states.value[hop] === 'ok'))
  let stopHearing: () => void = () => undefined

  /** What the worker says of this test; both steps may come before anybody asks. */
  function hear(testId: string) {
    const heard = new Set<string>()
    const waiting = new Map<string, () => void>()
    function listen(event: MessageEvent<unknown>): void {
      const word = event.data as { name?: unknown; testId?: unknown; step?: unknown } | null
      if (word?.name !== 'pushTest' || word.testId !== testId) return
      heard.add(String(word.step))
      for (const done of waiting.values()) done()
    }
    navigator.serviceWorker.addEventListener('message', listen)
    stopHearing = () => navigator.serviceWorker.removeEventListener('message', listen)
    return async (...steps: string[]): Promise<string | null> => {
      const found = () => steps.find((step) => heard.has(step)) ?? null
      if (found() !== null) return found()
      await new Promise<void>((done) => {
        const timer = setTimeout(done, arriveMs)
        waiting.set(steps.join(), () => {
          if (found() === null) return
          clearTimeout(timer)
          done()
        })
      })
      return found()
    }
  }

  async function step(hop: Hop, run: () => Promise<void> | void): Promise<void> {
    states.value = { ...states.value, [hop]: 'running' }
    try {
      await run()
      states.value = { ...states.value, [hop]: 'ok' }
    } catch (error) {
      states.value = { ...states.value, [hop]: 'failed' }
      throw error instanceof Stopped ? error : new Stopped(`next.${hop}`)
    }
  }

  async function follow(): Promise<void> {
    const testId = crypto.randomUUID()
    await step('support', () => {
      if (!push.isSupported || !('PushManager' in globalThis)) throw new Stopped('next.support')
    })
    await step('permission', async () => {
      // The press that began the test is the one that asks.
      if (!(await push.turnOn())) throw new Stopped('next.permission')
    })
    await step('worker', async () => void (await runningWorker()))
    const heard = hear(testId)
    await step('subscription', async () => {
      const { publicKey } = await client.call('getPush', {})
      await browserSubscription(publicKey)
    })
    await step('server', () => subscribe(preferences.values.notificationPreview))
    await step('sent', async () => {
      const { outcome, status } = await client.call('testPush', { testId })
      if (outcome !== 'sent') throw new Stopped(`next.sent.${outcome}`, { status: String(status ?? '–') })
    })
    await step('received', async () => {
      if ((await heard('received', 'shown', 'notShown')) === null) throw new Stopped('next.received')
    })
    await step('shown', async () => {
      if ((await heard('shown', 'notShown')) !== 'shown') throw new Stopped('next.shown')
    })
  }

  async function run(): Promise<void> {
    if (isRunning.value) return
    isRunning.value = true
    states.value = fresh()
    advice.value = null
    try {
      await follow()
    } catch (error) {
      if (error instanceof Stopped) advice.value = { key: error.why, values: error.values }
    } finally {
      stopHearing()
      isRunning.value = false
    }
  }

  onScopeDispose(() => stopHearing())
  return { states, advice, failed, isPassed, isRunning, run }
}

function fresh(): Record<Hop, HopState> {
  return Object.fromEntries(hops.map((hop) => [hop, 'waiting'])) as Record<Hop, HopState>
}
