// What a stretch of time cost: the server's processor and its event loop, and this process's event loop, whose slowness
// is in every time that it measures.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Measured } from './process.ts'

export interface Stretch {
  /** 1: a whole core. */
  cpuShare: number
  /** Of the event loops, p99: the server's, and this process's. */
  serverLoopMs: number
  loopMs: number
}

/** Measures while `job` runs. */
export async function stretchOf(server: Measured, job: () => Promise<unknown>): Promise<Stretch> {
  const loop = monitorEventLoopDelay({ resolution: 10 })
  // Reading it begins it anew.
  await serverLoop(server)
  loop.enable()
  const [cpu, begun] = [server.cpuMs(), performance.now()]
  await job()
  loop.disable()
  return {
    cpuShare: (server.cpuMs() - cpu) / (performance.now() - begun),
    serverLoopMs: await serverLoop(server),
    loopMs: loop.percentile(99) / 1e6,
  }
}

async function serverLoop(server: Measured): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const found = /palabre_event_loop_delay_seconds\{quantile="0.99"\} (\S+)/.exec(text)
  return Number(found?.[1] ?? Number.NaN) * 1_000
}
