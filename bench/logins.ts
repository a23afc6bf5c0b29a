// Many who sign in at the same moment: each password costs a tenth of a second of a core on purpose, and those who write
// meanwhile must not notice. The server has both cores here, as the passwords have threads of their own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Row } from './figures.ts'
import { connect, load } from './load.ts'
import { start } from './process.ts'
import { api, openPairs, registerPeople } from './world.ts'

const port = 4_806
const pairs = 20
const rate = 50
/** What those who write may wait, at the 99th of a hundred. */
const mostMs = 250

/** `logins` people sign in at once while messages flow for `flowMs`. */
export async function benchLogins(options: {
  server: string[]
  logins: number
  flowMs: number
}): Promise<Row[]> {
  console.log(`${options.logins} sign-ins at once`)
  const dataDir = mkdtempSync(join(tmpdir(), 'palabre-bench-'))
  const env = {
    DATA_DIR: dataDir,
    HOST: '127.0.0.1',
    RATE_LIMITS: 'off',
    LOG_LEVEL: 'error',
    NODE_ENV: 'production',
  }
  const server = await start(options.server, port, env, '0,1')
  try {
    const door = api(server.url)
    const people = await registerPeople(door, Math.max(pairs * 2, options.logins))
    const ids = await openPairs(door, people, pairs)
    const sockets = await connect(server.url, people.slice(0, pairs * 2), true)
    const lanes = ids.map((conversationId, pair) => ({ conversationId, sender: sockets[pair * 2]! }))
    const receivers = sockets.filter((_, index) => index % 2 === 1)
    const flow = () => load(server, lanes, receivers, { rate, window: 1, durationMs: options.flowMs })
    const calm = await flow()
    let tookMs = 0
    const [busy] = await Promise.all([
      flow(),
      // `load` warms up for three seconds first.
      wait(3_500).then(async () => {
        const begun = performance.now()
        const signIn = (_: unknown, index: number) =>
          door.call('POST', '/auth/login', null, {
            username: `person${index}`,
            password: `a long phrase for bench ${index}`,
            tokens: 'body',
          })
        await Promise.all(Array.from({ length: options.logins }, signIn))
        tookMs = performance.now() - begun
      }),
    ])
    for (const socket of sockets) socket.disconnect()
    const ms = (value: number) => `${value.toFixed(1)} ms`
    return [
      {
        what: `acknowledged while ${options.logins} sign in: p50 / p99`,
        relay: `calm: ${ms(calm.ackP50)} / ${ms(calm.ackP99)}`,
        palabre: `${ms(busy.ackP50)} / ${ms(busy.ackP99)}`,
        ratio: '',
        target: `p99 < ${mostMs} ms`,
        met: busy.ackP99 < mostMs,
      },
      {
        what: `all ${options.logins} are in after`,
        relay: '',
        palabre: ms(tookMs),
        ratio: '',
        target: '',
        met: null,
      },
    ]
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
