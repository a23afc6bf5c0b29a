// One server node under torture: a real process that can be killed, drained and started again, and whose counters are
// added up over all its lives. What it stands on is `alone.ts` (SQLite) or `cluster.ts` (MongoDB and Redis).
import type { ServerProcess } from '../kit/server.ts'

export interface Node {
  /** Straight to it. */
  readonly url: string
  readonly port: number
  kill(): Promise<void>
  /** SIGTERM: the polite way. */
  drain(): Promise<void>
  start(): Promise<void>
  isUp(): boolean
  /** What it said when it ended without being asked to; null: it did not. */
  collapse(): string | null
  /** A counter of its metrics, over all its lives as far as they were looked at. */
  counted(name: string): number
  /** Reads its metrics. */
  look(): Promise<void>
}

/** Of what a node said, to whoever reads why it ended. */
const outputShown = 2_000

export function nodeOf(server: ServerProcess): Node {
  const counters = new Map<string, { before: number; now: number }>()
  let isUp = true

  async function look(): Promise<void> {
    // A connection of an earlier life must not be used again.
    const headers = { connection: 'close' }
    const text = await fetch(`${server.url}/metrics`, { headers }).then((answer) => answer.text())
    for (const line of text.split('\n')) {
      const match = /^([a-z_A-Z]+_total)(?:\{[^}]*\})? (\d+)/.exec(line)
      if (match === null) continue
      const [, name = '', value] = match
      const counter = counters.get(name) ?? { before: 0, now: 0 }
      counters.set(name, { ...counter, now: Number(value) })
    }
  }

  /** Its counters begin at nought in each life. */
  function ended(): void {
    isUp = false
    for (const [name, { before, now }] of counters) counters.set(name, { before: before + now, now: 0 })
  }

  return {
    url: server.url,
    port: server.port,
    isUp: () => isUp,
    collapse: () => (isUp && !isRunning(server.pid) ? server.output().slice(-outputShown) : null),
    async kill() {
      isUp = false
      await server.kill()
      ended()
    },
    async drain() {
      await look().catch(() => undefined)
      isUp = false
      const code = await server.drain()
      ended()
      if (code !== 0)
        throw new Error(`the server ended with ${code} when it was asked to:\n${server.output()}`)
    },
    async start() {
      await server.restart()
      isUp = true
    },
    counted: (name) => {
      const { before, now } = counters.get(name) ?? { before: 0, now: 0 }
      return before + now
    },
    look,
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
