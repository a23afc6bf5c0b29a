// What an operator can measure: the seed's four by their names, and histograms. No metric carries a user,
// a conversation or a name (SEC-28). Three operations are named here, `sendMessage`, `sync` and `getDigests`, because
// their answers hold what is measured; nothing else in the transport knows an operation by name.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { PRODUCT_VERSION, type OperationName, type Output, type PalabreError } from '@palabre/protocol'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ClusterObserver } from '../cluster/port.ts'
import type { OperationObserver } from '../core/handlers.ts'
import type { PushEnd } from '../core/push/queue.ts'
import type { StoreObserver } from '../store/port/store.ts'

/** The seed's four are means of the last minute. */
const windowSeconds = 60

export interface Metrics extends OperationObserver, StoreObserver, ClusterObserver {
  readonly registry: Registry
  connected(): void
  disconnected(reason: string): void
  fannedOut(sockets: number): void
  /** Bytes of one packet before and after. */
  compressed(before: number, after: number): void
  /** Whether media can be stored and fetched now. */
  mediaSeen(isAvailable: boolean): void
  /** One push came to an end. */
  pushed(end: PushEnd): void
  /** Conversations of which somebody had to be given a hint (SYNC-9). */
  hinted(conversations: number): void
  /** Whether other nodes can be heard; null where there are none. */
  watchBus(isUp: (() => boolean) | null): void
  /** A page's violation of the content policy: counted, never kept. */
  violated(): void
  /** What an operator sees, without a reading of all there is. */
  health(): Omit<Output<'getHealth'>, 'store'>
  close(): void
}

export function createMetrics(now: () => number): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const operations = new Histogram({
    name: 'palabre_operation_seconds',
    help: 'From a request to its acknowledgement, by operation and outcome (ok or an error code).',
    labelNames: ['operation', 'outcome'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  const fanOut = new Histogram({
    name: 'palabre_fan_out_sockets',
    help: 'Sockets of this node that one event of a conversation went to.',
    buckets: [0, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000],
    registers,
  })
  const catchUp = new Histogram({
    name: 'palabre_catch_up_messages',
    help: 'Messages that one sync answered.',
    buckets: [0, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500],
    registers,
  })
  const resets = new Counter({
    name: 'palabre_sync_resets_total',
    help: 'Conversations that started over.',
    registers,
  })
  const duplicates = new Counter({
    name: 'palabre_duplicates_suppressed_total',
    help: 'Messages sent again that had been stored before.',
    registers,
  })
  const repaired = new Counter({
    name: 'palabre_history_repaired_total',
    help: 'Messages that devices report as mended: missing, or not as they should be.',
    registers,
  })
  const commits = new Histogram({
    name: 'palabre_store_commit_seconds',
    help: 'One durable commit of the store.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers,
  })
  const batches = new Histogram({
    name: 'palabre_store_commit_operations',
    help: 'Writes that shared one commit.',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers,
  })
  const disconnects = new Counter({
    name: 'palabre_disconnects_total',
    help: 'Sockets closed, by reason.',
    labelNames: ['reason'] as const,
    registers,
  })
  const violations = new Counter({
    name: 'palabre_csp_reports_total',
    help: 'Reports of pages that met the content security policy.',
    registers,
  })
  const compressions = new Counter({
    name: 'palabre_compressed_bytes_total',
    help: 'Bytes of large packets before and after they were compressed, once each, however many they went to.',
    labelNames: ['stage'] as const,
    registers,
  })
  const words = new Counter({
    name: 'palabre_node_words_total',
    help: 'Words between nodes: said, heard, or dropped because the bus was down, or because of what they were.',
    labelNames: ['outcome'] as const,
    registers,
  })
  const [said, heard] = [words.labels('said'), words.labels('heard')]
  const hints = new Counter({
    name: 'palabre_sync_hints_total',
    help: 'Conversations of which this node found that its sockets had not been told something.',
    registers,
  })
  let bus: (() => boolean) | null = null
  gauge('palabre_node_bus_up', 'Whether other nodes are heard (1), not (0), or there are none (-1).', () =>
    bus === null ? -1 : bus() ? 1 : 0,
  )
  const media = new Gauge({
    name: 'palabre_media_up',
    help: 'Whether media could be stored and fetched when last tried (1) or not (0).',
    registers,
  })
  const pushes = new Counter({
    name: 'palabre_pushes_total',
    help: 'Web pushes handed to push services, by what became of them; dropped ones were too many.',
    labelNames: ['outcome'] as const,
    registers,
  })
  const recent = createWindow(now)
  const upSince = now()
  let [open, isMediaUp] = [0, true]
  const loop = watchEventLoop(registers)
  const active = new Gauge({ name: 'activeConnections', help: 'Open sockets on this node.', registers })
  gauge('messagesPerSecond', 'Messages stored a second, mean of the last minute.', () => recent.messages())
  gauge('averageLatency', 'Milliseconds to an acknowledgement, mean of the last minute.', () =>
    recent.latency(),
  )
  gauge('errorRate', 'Share of operations that the server failed, last minute (0 to 1).', () =>
    recent.errors(),
  )
  gauge('palabre_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss())

  function gauge(name: string, help: string, read: () => number) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }

  /** By operation and outcome: looking a label up costs more than the observation. */
  const timers = new Map<string, ReturnType<typeof operations.labels>>()
  function timerOf(name: OperationName, outcome: string) {
    const key = `${name} ${outcome}`
    let timer = timers.get(key)
    if (timer === undefined) timers.set(key, (timer = operations.labels(name, outcome)))
    return timer
  }

  return {
    registry,
    performed(name: OperationName, durationMs: number, error: PalabreError | null, output: unknown) {
      timerOf(name, error?.code ?? 'ok').observe(durationMs / 1_000)
      // A refusal is an answer; only what the server could not do counts as an error.
      const isFault = error !== null && error.retry === 'later'
      recent.add(durationMs, isFault, name === 'sendMessage' && error === null)
      if (error !== null) return
      if (name === 'sendMessage' && (output as Output<'sendMessage'>).duplicate === true) duplicates.inc()
      if (name === 'getDigests') repaired.inc((output as Output<'getDigests'>).repaired)
      if (name === 'sync') {
        const { conversations } = output as Output<'sync'>
        catchUp.observe(conversations.reduce((sum, delta) => sum + delta.messages.length, 0))
        resets.inc(conversations.filter((delta) => delta.reset).length)
      }
    },
    committed({ durationMs, operations: writes }) {
      commits.observe(durationMs / 1_000)
      batches.observe(writes)
    },
    connected() {
      open += 1
      active.inc()
    },
    disconnected(reason) {
      open -= 1
      active.dec()
      disconnects.labels(reason).inc()
    },
    fannedOut: (sockets) => fanOut.observe(sockets),
    compressed(before, after) {
      compressions.labels('before').inc(before)
      compressions.labels('after').inc(after)
    },
    pushed: (end) => pushes.labels(end).inc(),
    mediaSeen(isAvailable) {
      isMediaUp = isAvailable
      media.set(isAvailable ? 1 : 0)
    },
    said: () => said.inc(),
    heard: () => heard.inc(),
    dropped: (reason) => words.labels(`dropped-${reason}`).inc(),
    hinted: (conversations) => hints.inc(conversations),
    watchBus(isUp) {
      bus = isUp
    },
    violated: () => violations.inc(),
    health: () => ({
      version: PRODUCT_VERSION,
      node: process.versions.node,
      upSince,
      activeConnections: open,
      messagesPerSecond: recent.messages(),
      averageLatencyMs: recent.latency(),
      errorRate: recent.errors(),
      eventLoopDelayMs: loop.count === 0 ? 0 : Math.max(0, loop.mean / 1e6 - resolutionMs),
      memoryBytes: process.memoryUsage.rss(),
      isBusUp: bus === null ? null : bus(),
      isMediaUp,
    }),
    close() {
      loop.disable()
      registry.clear()
    },
  }
}

/** Sums of each of the last sixty seconds. */
function createWindow(now: () => number) {
  const seconds = Array.from({ length: windowSeconds }, () => ({
    at: 0,
    count: 0,
    durationMs: 0,
    faults: 0,
    messages: 0,
  }))

  function total(field: 'count' | 'durationMs' | 'faults' | 'messages'): number {
    const since = Math.floor(now() / 1_000) - windowSeconds
    return seconds.reduce((sum, second) => (second.at > since ? sum + second[field] : sum), 0)
  }
  const share = (field: 'durationMs' | 'faults') => (total('count') === 0 ? 0 : total(field) / total('count'))

  return {
    add(durationMs: number, isFault: boolean, isMessage: boolean) {
      const at = Math.floor(now() / 1_000)
      const second = seconds[at % windowSeconds]
      if (second === undefined) return
      if (second.at !== at) Object.assign(second, { at, count: 0, durationMs: 0, faults: 0, messages: 0 })
      second.count += 1
      second.durationMs += durationMs
      if (isFault) second.faults += 1
      if (isMessage) second.messages += 1
    },
    messages: () => total('messages') / windowSeconds,
    latency: () => share('durationMs'),
    errors: () => share('faults'),
  }
}

/** How often the loop is looked at; what is measured includes it. */
const resolutionMs = 10

function watchEventLoop(registers: Registry[]) {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1_000)
  delay.enable()
  new Gauge({
    name: 'palabre_event_loop_delay_seconds',
    help: 'Delay of the event loop since the last reading, by quantile.',
    labelNames: ['quantile'] as const,
    registers,
    collect() {
      for (const quantile of [50, 90, 99]) {
        this.labels(String(quantile / 100)).set(seconds(delay.percentile(quantile)))
      }
      this.labels('1').set(seconds(delay.max))
      delay.reset()
    },
  })
  return delay
}
