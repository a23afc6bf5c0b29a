// The server's side of the writer: a queue. What is asked for while a batch is being written waits for the next one;
// there is no timer. A batch is committed in the writer's thread or here, never in both at once: whoever begins to write
// first forgets what it remembers (`place.ts` says who). When the thread dies, everything waiting and everything later
// is refused.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { PalabreError } from '@palabre/protocol'
import type { StoreObserver } from '../port/store.ts'
import { openHere, type Here } from './here.ts'
import { createPlaces, type Place, type Places } from './place.ts'
import type { Answer, Answers, Operation, ToWorker, WorkerData } from './wire.ts'
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
  places: Places = createPlaces(),
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
  const here: Here | null = openHere(dataDir)

  let queue: Waiting[] = []
  let inFlight: Waiting[] = []
  let isScheduled = false
  /** Who wrote last. */
  let lastPlace: Place = 'thread'
  let death: PalabreError | null = null
  let whenIdle: (() => void) | null = null

  const tell = (word: ToWorker) => worker.postMessage(word)

  function post(): void {
    isScheduled = false
    if (inFlight.length > 0 || queue.length === 0 || death !== null) return
    inFlight = queue.length > batchMax ? queue.splice(0, batchMax) : queue
    if (inFlight === queue) queue = []
    const operations = inFlight.map((waiting) => waiting.operation)
    // Filling and compacting take long for one operation: not on the server's thread, and they say nothing about commits.
    const isFilling = operations.some(isLong)
    const place = here === null || isFilling ? 'thread' : places.next(operations.length)
    const isOther = place !== lastPlace
    lastPlace = place
    if (here === null || place === 'thread') {
      if (isOther) tell('forget')
      tell(operations)
    } else {
      if (isOther) here.forget()
      answered('here', here.perform(operations))
    }
  }

  function answered(place: Place, { answers, durationMs }: Answers): void {
    const done = inFlight
    inFlight = []
    const isFilling = done.some(({ operation }) => isLong(operation))
    if (!isFilling) places.done(place, done.length, durationMs, performance.now())
    if (place === 'thread') post()
    else schedule()
    observer?.committed({ durationMs, operations: done.length })
    done.forEach((waiting, index) => {
      settle(waiting, answers[index])
    })
    if (inFlight.length === 0 && queue.length === 0) whenIdle?.()
  }

  function schedule(): void {
    if (isScheduled || inFlight.length > 0 || queue.length === 0) return
    // After the sockets that are ready now have been read: what they ask for shares the transaction.
    isScheduled = true
    setImmediate(post)
  }

  function die(cause: unknown): void {
    death ??= new PalabreError('STORE_UNAVAILABLE', { cause })
    const lost = [...inFlight, ...queue]
    inFlight = []
    queue = []
    for (const waiting of lost) waiting.reject(death)
    whenIdle?.()
  }

  worker.on('message', (answers: Answers) => answered('thread', answers))
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
        schedule()
      })
    },
    async close() {
      if (death === null && (inFlight.length > 0 || queue.length > 0)) {
        await new Promise<void>((resolve) => {
          whenIdle = resolve
        })
      }
      here?.close()
      if (death === null) tell('end')
      await exited
    },
  }
}

function isLong([name]: Operation): boolean {
  return name === 'fillSearch' || name === 'compact'
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
