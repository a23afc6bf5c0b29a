import type { OperationName } from '@palabre/protocol'
import { expect, test } from 'vitest'
import { coerce, createAddressReaders } from './input.ts'

const readers = createAddressReaders()
function read(name: OperationName, params: object, query: object, body?: unknown) {
  return readers.get(name)?.read(params, query, body)
}

test('numbers of a query become numbers, other text stays', () => {
  expect(read('listMessages', { conversationId: 'c' }, { limit: '20', before: '7' })).toEqual({
    conversationId: 'c',
    limit: 20,
    before: 7,
  })
  expect(read('findUsers', {}, { query: '42' })).toEqual({ query: '42' })
})

test.each(['', ' 1', '1e3', '0x10', '1.5', '+1', '01', '99999999999999999999', 'NaN'])(
  '%j is left to be refused',
  (text) => expect(coerce(text, 'integer')).toBe(text),
)

test('what is said twice is refused', () => {
  expect(() => read('listMessages', { conversationId: 'c' }, { limit: ['1', '2'] })).toThrow('INVALID')
  expect(() => read('listMessages', { conversationId: 'c' }, { conversationId: 'd' })).toThrow('INVALID')
  expect(() => read('markRead', { conversationId: 'c' }, {}, { conversationId: 'd', seq: 1 })).toThrow(
    'INVALID',
  )
})

test('a body is an object, and only where there is one', () => {
  expect(read('markRead', { conversationId: 'c' }, {}, { seq: 1 })).toEqual({ conversationId: 'c', seq: 1 })
  expect(read('removeContact', { userId: 'u' }, {})).toEqual({ userId: 'u' })
  expect(() => read('markRead', { conversationId: 'c' }, {}, [1])).toThrow('INVALID')
  expect(() => read('markRead', { conversationId: 'c' }, { seq: '1' }, {})).toThrow('INVALID')
  expect(() => read('getMe', {}, {}, { a: 1 })).toThrow('INVALID')
})

test('a field named __proto__ reaches nobody’s prototype', () => {
  const input = read('markRead', { conversationId: 'c' }, {}, JSON.parse('{"seq":1,"__proto__":{"x":1}}'))
  expect(({} as { x?: number }).x).toBeUndefined()
  expect((input as { x?: number }).x).toBeUndefined()
})
