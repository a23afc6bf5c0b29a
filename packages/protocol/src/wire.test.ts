// Holds the wire still: what goes over it changes only on purpose.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { events } from './events.ts'
import { BodyInput, MessageBody } from './kinds.ts'
import { jsonSchema } from './table/openapi.ts'
import type { Operation } from './table/operation.ts'
import { operations } from './table/operations.ts'
import { PROTOCOL_VERSION } from './table/version.ts'

function wire() {
  const table: [string, Operation][] = Object.entries(operations)
  return {
    operations: Object.fromEntries(
      table.map(([name, { socket, http, access, input, output }]) => [
        name,
        { socket, http, access, input: jsonSchema(input, 'input'), output: jsonSchema(output, 'output') },
      ]),
    ),
    events: Object.fromEntries(
      Object.entries(events).map(([name, schema]) => [name, jsonSchema(schema, 'output')]),
    ),
    kinds: {
      input: jsonSchema(BodyInput, 'input'),
      stored: Object.fromEntries(
        Object.entries(MessageBody).map(([kind, schema]) => [kind, jsonSchema(schema, 'output')]),
      ),
    },
  }
}

test('[WIRE-1] the wire changes only on purpose', () => {
  const hash = createHash('sha256').update(JSON.stringify(wire())).digest('hex').slice(0, 12)
  // Changed what goes over the wire? Old clients still understand it: new hash only.
  // They do not: raise PROTOCOL_VERSION, add a line to its history, then the hash.
  expect({ version: PROTOCOL_VERSION, hash }).toEqual({ version: 1, hash: '0a10e6883019' })
})

test('every operation has its own socket event and its own route', () => {
  const table: [string, Operation][] = Object.entries(operations)
  const sockets = table.flatMap(([, { socket }]) => (socket === null ? [] : [socket]))
  const routes = table.map(([, { http }]) => http)
  expect(new Set(sockets).size).toBe(sockets.length)
  expect(new Set(routes).size).toBe(routes.length)
})

test('a path parameter is a whole segment and a field of the input', () => {
  for (const [name, { http }] of Object.entries(operations)) {
    for (const segment of http.split('/').slice(1)) {
      expect(segment, name).toMatch(/^(:[a-zA-Z]+|[a-z]+)$/)
    }
  }
})
