import { expect, test } from 'vitest'
import { ConversationId } from '@palabre/protocol'
import { createOrder } from './order.ts'

const a = ConversationId.parse('01890000-0000-7000-8000-00000000000a')
const b = ConversationId.parse('01890000-0000-7000-8000-00000000000b')

test('[LOG-1] the next rev is told at once', () => {
  const order = createOrder()
  const told: number[] = []
  order.begin(a, 1)
  for (const rev of [2, 3, 4]) order.inTurn(a, rev, () => told.push(rev))
  expect(told).toEqual([2, 3, 4])
})

test('[LOG-1] what one commit resolves in another order is told in the order of its revs', async () => {
  const order = createOrder()
  const told: string[] = []
  order.begin(a, 1)
  for (const rev of [3, 4, 2]) order.inTurn(a, rev, () => told.push(`a${rev}`))
  for (const rev of [9, 8]) order.inTurn(b, rev, () => told.push(`b${rev}`))
  await order.settled()
  order.inTurn(a, 5, () => told.push('a5'))
  expect(told).toEqual(['a2', 'a3', 'a4', 'b8', 'b9', 'a5'])
})

test('a rev that never comes holds nothing up', async () => {
  const order = createOrder()
  const told: number[] = []
  order.begin(a, 1)
  order.inTurn(a, 7, () => told.push(7))
  await order.settled()
  order.inTurn(a, 8, () => told.push(8))
  expect(told).toEqual([7, 8])
})
