import { PalabreError } from '@palabre/protocol'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { watchBlobs } from './blob-watch.ts'

/** Blobs whose next looks end as told; answers what was logged and reported. */
function scene(...outcomes: (Error | null)[]) {
  const logged: string[] = []
  const reported: boolean[] = []
  let again: () => Promise<void> = () => Promise.resolve()
  const logger = pino({}, { write: (line) => logged.push((JSON.parse(line) as { msg: string }).msg) })
  return {
    logged,
    reported,
    again: () => again(),
    start: () =>
      watchBlobs({
        blobs: {
          check() {
            const outcome = outcomes.shift() ?? null
            return outcome === null ? Promise.resolve() : Promise.reject(outcome)
          },
        },
        logger,
        report: (isAvailable) => reported.push(isAvailable),
        repeat(look) {
          again = look
          return () => (again = () => Promise.reject(new Error('stopped')))
        },
      }),
  }
}

const away = () => new PalabreError('STORE_UNAVAILABLE')

test('wrong settings stop the start', async () => {
  const { start, logged, reported } = scene(new Error('S3_BUCKET: there is no bucket.'))
  await expect(start()).rejects.toThrow('S3_BUCKET: there is no bucket.')
  expect([logged, reported]).toEqual([[], []])
})

test('a storage that is away does not, and is told once when it goes and once when it is back', async () => {
  const { start, again, logged, reported } = scene(away(), away(), null, null, away())
  const stop = await start()
  for (let look = 0; look < 4; look++) await again()
  expect(reported).toEqual([false, false, true, true, false])
  expect(logged).toEqual([
    'media cannot be stored or fetched',
    'media can be stored and fetched again',
    'media cannot be stored or fetched',
  ])
  stop()
  await expect(again()).rejects.toThrow('stopped')
})
