// The pushes that wait to be handed to their services: some at once, the latest of a device and conversation only, tried
// again where a service is busy or away (PUSH-5). In memory: a push is a hint (P5), and what was missed is found by
// whoever opens the app. Nothing waits for it.
import type { PushOutcome, PushTarget, SessionId } from '@palabre/protocol'
import { limits } from '@palabre/protocol'
import type { PushAnswer, PushMessage, Pusher } from '../../pusher/port.ts'

/** Under way at once, and waiting: beyond that the newest are dropped, which the metrics say. */
const sides = 16
const waitingMax = 20_000
/** The wait before another attempt, doubled each time. */
const firstWaitMs = 2_000
const longestWaitMs = 10 * 60_000

export interface PushJob {
  /** Of two jobs with the same key the later one is worth sending. */
  key: string
  sessionId: SessionId
  target: PushTarget
  /** Made when its turn comes: what it tells of may have been read or deleted by then. Null: there is nothing to say. */
  message(): Promise<PushMessage | null>
  /** The service has taken it. */
  onSent?: () => void
}

export type PushEnd = PushOutcome | 'dropped'

export interface PushQueue {
  add(job: PushJob): void
  /** One attempt, at once, for whoever waits for the answer. */
  now(sessionId: SessionId, target: PushTarget, message: PushMessage): Promise<PushAnswer>
  stop(): void
}

export interface PushQueueParts {
  pusher: Pusher
  /** The service does not know the device any more. */
  onGone(sessionId: SessionId, endpoint: string): Promise<void>
  /** Each attempt that came to an end, and what was dropped. */
  ended(end: PushEnd): void
  /** A service said that what this server sends is wrong. */
  onRefused(host: string, status: number | null): void
  onError(error: unknown): void
  /** Milliseconds; shorter in tests. */
  firstWaitMs?: number | undefined
}

export function createPushQueue(parts: PushQueueParts): PushQueue {
  const { pusher } = parts
  const waiting = new Map<string, { job: PushJob; attempt: number }>()
  const timers = new Map<string, NodeJS.Timeout>()
  let underWay = 0
  let isStopped = false

  function put(job: PushJob, attempt: number) {
    if (isStopped) return
    clearTimeout(timers.get(job.key))
    timers.delete(job.key)
    if (!waiting.has(job.key) && waiting.size >= waitingMax) return parts.ended('dropped')
    waiting.delete(job.key)
    waiting.set(job.key, { job, attempt })
    next()
  }

  function next() {
    while (underWay < sides) {
      const first = waiting.entries().next()
      if (first.done) return
      const [key, { job, attempt }] = first.value
      waiting.delete(key)
      underWay += 1
      perform(job, attempt)
        .catch(parts.onError)
        .finally(() => {
          underWay -= 1
          next()
        })
    }
  }

  async function perform(job: PushJob, attempt: number) {
    const message = await job.message()
    if (message === null || isStopped) return
    const answer = await now(job.sessionId, job.target, message)
    if (answer.outcome === 'sent') job.onSent?.()
    if (answer.outcome !== 'busy' && answer.outcome !== 'unreachable') return
    if (attempt + 1 >= limits.pushAttempts) return
    const doubled = (parts.firstWaitMs ?? firstWaitMs) * 2 ** attempt
    // Spread: a service that was away is not met by everybody at once.
    again(job, attempt + 1, Math.max(answer.retryAfterMs ?? 0, doubled * (0.75 + Math.random() / 2)))
  }

  function again(job: PushJob, attempt: number, ms: number) {
    // A later one is there already.
    if (isStopped || waiting.has(job.key) || timers.has(job.key)) return
    const timer = setTimeout(
      () => {
        timers.delete(job.key)
        put(job, attempt)
      },
      Math.min(ms, longestWaitMs),
    )
    timer.unref()
    timers.set(job.key, timer)
  }

  async function now(sessionId: SessionId, target: PushTarget, message: PushMessage): Promise<PushAnswer> {
    const answer = await pusher.send(target, message)
    parts.ended(answer.outcome)
    if (answer.outcome === 'gone') await parts.onGone(sessionId, target.endpoint)
    if (answer.outcome === 'refused') parts.onRefused(new URL(target.endpoint).host, answer.status)
    return answer
  }

  return {
    add: (job) => put(job, 0),
    now,
    stop() {
      isStopped = true
      waiting.clear()
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },
  }
}
