// In the place of node:worker_threads: the writer runs in this thread, and what crosses to it and back takes virtual time.
// What was committed and not yet answered when the server dies stays committed; what was still on its way is lost.
import { EventEmitter } from 'node:events'
import type { MessagePort } from 'node:worker_threads'
import { stage } from '../stage.ts'

export const parentPort = null
export const workerData = null

/** `new Worker(…)`: the store's writer, the only thread that the server has. */
export function Worker(_url: unknown, options: { workerData: { dataDir: string } }): unknown {
  const { commitMs } = stage()
  const outside = new EventEmitter()
  const inside = new EventEmitter()
  const port = Object.assign(inside, {
    postMessage(message: unknown) {
      setTimeout(() => outside.emit('message', message), commitMs())
    },
    close() {
      setTimeout(() => outside.emit('exit'), 0)
    },
  })
  // When it starts, as a thread would: it imports this module itself.
  void import('../../../packages/server/src/store/sqlite/worker.ts').then(({ serve }) =>
    serve(port as unknown as MessagePort, options.workerData),
  )
  return Object.assign(outside, {
    postMessage(message: unknown) {
      setTimeout(() => inside.emit('message', message), commitMs())
    },
  })
}
