import type { Output } from '@palabre/protocol'
import { expect, test } from 'vitest'
import type { Caller } from './caller.ts'
import { createDrain } from './drain.ts'

const caller: Caller = { address: '192.0.2.1', userAgent: '', cookie: null, session: null }

test('what runs finishes, what comes later is refused', async () => {
  let finish = () => {}
  const running = new Promise<Output<'logout'>>((resolve) => (finish = () => resolve({})))
  const drain = createDrain(() => running)
  const answer = drain.perform('logout', {}, caller, '1')
  let isDrained = false
  const drained = drain.drain(60_000).then(() => (isDrained = true))
  await expect(drain.perform('logout', {}, caller, '2')).rejects.toThrow('SERVER_DRAINING')
  expect(drain.isDraining()).toBe(true)
  expect(isDrained).toBe(false)
  finish()
  await expect(answer).resolves.toEqual({})
  await drained
})

test('what never ends does not hold the server up', async () => {
  const drain = createDrain(() => new Promise(() => {}))
  void drain.perform('logout', {}, caller, '1')
  await drain.drain(1)
})
