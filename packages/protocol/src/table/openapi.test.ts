import { expect, test } from 'vitest'
import { describeOperations, openApiDocument } from './openapi.ts'
import { operations } from './operations.ts'

test('the document holds every operation once', () => {
  const document = openApiDocument('https://chat.example') as {
    paths: Record<string, Record<string, unknown>>
  }
  const count = Object.values(document.paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0)
  expect(count).toBe(Object.keys(operations).length)
})

test('path, query and body parameters are told apart', () => {
  const byName = new Map(describeOperations().map((operation) => [operation.name, operation]))
  const page = byName.get('listMessages')
  expect(page?.parameters.map(({ name, in: place, required }) => [name, place, required])).toEqual([
    ['conversationId', 'path', true],
    ['before', 'query', false],
    ['after', 'query', false],
    ['around', 'query', false],
    ['limit', 'query', false],
  ])
  expect(page?.body).toBeNull()
  const edit = byName.get('editMessage')
  expect(Object.keys(edit?.body?.properties ?? {})).toEqual(['bodyRev', 'body', 'opId'])
  expect(byName.get('createConversation')?.body).toHaveProperty('oneOf')
  expect(byName.get('removeContact')?.body).toBeNull()
})
