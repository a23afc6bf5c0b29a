// The server's side of the writer: a queue. What is asked for while a batch is being written waits for the next one;
// there is no timer. When the writer's thread dies, everything waiting and everything later is refused.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { PalabreError } from '@palabre/protocol'
import type { StoreObserver } from '../port/store.ts'
import type { Answer, Answers, Operation, WorkerData } from './wire.ts'
import type { WriteName, Writes } from './writes/index.ts'

export interface Writer {
  readonly epoch: string
  /**
   * Resolves when it is durable.
   * @throws what the write refuses; STORE_UNAVAILABLE
   */
  write<N extends WriteName>(name: N, ...args: Parameters<Writes[N]>): Promise<ReturnType<Writes[N]>>
  /** Waits for what is queued. */
  close(): Promise<void>
}

interface Waiting {
  operation: Operation
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/** Operations in one transaction; more than this and the first of them wait too long. */
const batchMax = 2_000

/** Starts the thread; resolves when the database is open and migrated. */
export async function startWriter(
  dataDir: string,
  observer: StoreObserver | undefined,
  startThread: (data: WorkerData) => Worker = startWorker,
): Promise<Writer> {
  const worker = startThread({ dataDir })
  const epoch = await new Promise<string>((resolve, reject) => {
    worker.once('message', (message: { epoch: string }) => {
      resolve(message.epoch)
    })
    worker.once('error', reject)
  })
  worker.removeAllListeners('error')

  let queue: Waiting[] = []
  let inFlight: Waiting[] = []
  let isScheduled = false
  let death: PalabreError | null = null
  let whenIdle: (() => void) | null = null

  function post(): void {
    isScheduled = false
    if (inFlight.length > 0 || queue.length === 0 || death !== null) return
    inFlight = queue.length > batchMax ? queue.splice(0, batchMax) : queue
    if (inFlight === queue) queue = []
    worker.postMessage(inFlight.map((waiting) => waiting.operation))
  }

  function die(cause: unknown): void {
    death ??= new PalabreError('STORE_UNAVAILABLE', { cause })
    const lost = [...inFlight, ...queue]
    inFlight = []
    queue = []
    for (const waiting of lost) waiting.reject(death)
    whenIdle?.()
  }

  worker.on('message', ({ answers, durationMs }: Answers) => {
    const done = inFlight
    inFlight = []
    post()
    observer?.committed({ durationMs, operations: done.length })
    done.forEach((waiting, index) => {
      settle(waiting, answers[index])
    })
    if (inFlight.length === 0 && queue.length === 0) whenIdle?.()
  })
  worker.on('error', die)
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      die(new Error('the writer has ended'))
      resolve()
    })
  })

  return {
    epoch,
    write<N extends WriteName>(name: N, ...args: Parameters<Writes[N]>) {
      return new Promise<ReturnType<Writes[N]>>((resolve, reject) => {
        if (death !== null) {
          reject(death)
          return
        }
        queue.push({ operation: [name, args], resolve: resolve as (value: unknown) => void, reject })
        if (isScheduled || inFlight.length > 0) return
        // After the sockets that are ready now have been read: what they ask for shares the transaction.
        isScheduled = true
        setImmediate(post)
      })
    },
    async close() {
      if (death === null && (inFlight.length > 0 || queue.length > 0)) {
        await new Promise<void>((resolve) => {
          whenIdle = resolve
        })
      }
      if (death === null) worker.postMessage(null)
      await exited
    },
  }
}

function settle(waiting: Waiting, answer: Answer | undefined): void {
  if (answer === undefined) waiting.reject(new Error('the writer gave no answer'))
  else if ('value' in answer) waiting.resolve(answer.value)
  else if ('refused' in answer) {
    waiting.reject(
      new PalabreError(answer.refused, answer.details === undefined ? {} : { details: answer.details }),
    )
  } else waiting.reject(new PalabreError('STORE_UNAVAILABLE', { cause: new Error(answer.failed) }))
}

/** From the bundle, `worker.js` lies beside it; from source, the thread must learn TypeScript first. */
function startWorker(workerData: WorkerData): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./worker.js', import.meta.url), { workerData })
  // Not by `--import`: Node 20 does not run the loaders of that flag in a worker thread.
  const tsx = pathToFileURL(
    createRequire(import.meta.url)
      .resolve('tsx/esm/api')
      .replace(/\.cjs$/u, '.mjs'),
  ).href
  const entry = new URL('./worker.ts', import.meta.url).href
  const start = `import(${JSON.stringify(tsx)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(entry)}) })`
  return new Worker(start, { eval: true, workerData, execArgv: [] })
}
