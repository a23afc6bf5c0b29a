// The table of operations as an OpenAPI 3.1 document: for people and programs that know nothing of us.
// Nothing is said here that the table does not say; times are milliseconds since 1970.
import { z } from 'zod'
import { errors } from '../errors.ts'
import type { Method, Operation } from './operation.ts'
import { operations, type OperationName } from './operations.ts'
import { PROTOCOL_VERSION } from './version.ts'

export type JsonSchema = Record<string, unknown>

export interface Parameter {
  name: string
  in: 'path' | 'query'
  required: boolean
  schema: JsonSchema
}

/** One operation as HTTP shows it. */
export interface DescribedOperation {
  name: OperationName
  method: Method
  /** With `:name` parameters. */
  path: string
  socket: string | null
  isPublic: boolean
  summary: string
  parameters: Parameter[]
  /** Null where there is no body. */
  body: JsonSchema | null
  output: JsonSchema
}

/** All operations in the table's order; GET takes its input from the query, everything else from a JSON body. */
export function describeOperations(): DescribedOperation[] {
  return (Object.keys(operations) as OperationName[]).map((name) => describe(name, operations[name]))
}

function describe(name: OperationName, definition: Operation): DescribedOperation {
  const { method, path } = splitRoute(definition.http)
  const inPath = pathParameters(path)
  const input = jsonSchema(definition.input, 'input')
  const { properties, required } = objectParts(input)
  const schemaOf = (field: string) => properties[field] ?? {}
  const parameters = inPath.map((field): Parameter => ({
    name: field,
    in: 'path',
    required: true,
    schema: schemaOf(field),
  }))
  const rest = Object.keys(properties).filter((field) => !inPath.includes(field))
  if (method === 'GET') {
    for (const field of rest) {
      parameters.push({
        name: field,
        in: 'query',
        required: required.includes(field),
        schema: schemaOf(field),
      })
    }
  }
  const hasBody = method !== 'GET' && (rest.length > 0 || isUnion(input))
  return {
    name,
    method,
    path,
    socket: definition.socket,
    isPublic: definition.access === 'public',
    summary: definition.summary,
    parameters,
    body: hasBody ? withoutFields(input, inPath) : null,
    output: jsonSchema(definition.output, 'output'),
  }
}

/** The whole document. `serverUrl` is an origin. */
export function openApiDocument(serverUrl: string): JsonSchema {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of describeOperations()) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = {
      ...paths[path],
      [operation.method.toLowerCase()]: {
        operationId: operation.name,
        summary: operation.summary,
        ...(operation.socket === null ? {} : { 'x-socket-event': operation.socket }),
        ...(operation.isPublic ? { security: [] } : {}),
        parameters: operation.parameters,
        ...(operation.body === null
          ? {}
          : { requestBody: { required: true, content: { 'application/json': { schema: operation.body } } } }),
        responses: {
          200: { description: 'Done.', content: { 'application/json': { schema: operation.output } } },
          default: { $ref: '#/components/responses/Problem' },
        },
      },
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Palabre',
      version: String(PROTOCOL_VERSION),
      description: 'Every operation is also a Socket.IO event (x-socket-event) with an acknowledgement.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `${serverUrl}/api/v1` }],
    security: [{ accessToken: [] }],
    paths,
    components: {
      securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: problemSchema },
      responses: {
        Problem: {
          description: 'What went wrong (RFC 9457).',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  }
}

const problemSchema: JsonSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'requestId'],
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { enum: Object.keys(errors) },
    detail: { type: 'string' },
    requestId: { type: 'string' },
    details: { type: 'object' },
    retryAfterMs: { type: 'integer' },
  },
}

/** `'PUT /contacts/:userId'` taken apart. */
export function splitRoute(route: Operation['http']): { method: Method; path: string } {
  const space = route.indexOf(' ')
  return { method: route.slice(0, space) as Method, path: route.slice(space + 1) }
}

export function pathParameters(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, field]) => field ?? '')
}

/** The schema of one side of an operation. Rules that are code (refinements) are not part of it. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema
  return rest
}

function isUnion(schema: JsonSchema): boolean {
  return Array.isArray(schema.oneOf) || Array.isArray(schema.anyOf)
}

function shapesOf({ oneOf, anyOf }: JsonSchema): JsonSchema[] {
  return (oneOf ?? anyOf ?? []) as JsonSchema[]
}

/** Of a union: what its first shape holds; path parameters are the same in all. */
function objectParts(schema: JsonSchema): { properties: Record<string, JsonSchema>; required: string[] } {
  const [first] = shapesOf(schema)
  if (first !== undefined) return objectParts(first)
  return {
    properties: (schema.properties ?? {}) as Record<string, JsonSchema>,
    required: (schema.required ?? []) as string[],
  }
}

function withoutFields(schema: JsonSchema, fields: readonly string[]): JsonSchema {
  if (fields.length === 0) return schema
  if (isUnion(schema)) {
    const way = Array.isArray(schema.oneOf) ? 'oneOf' : 'anyOf'
    return { ...schema, [way]: shapesOf(schema).map((shape) => withoutFields(shape, fields)) }
  }
  const { properties, required } = objectParts(schema)
  return {
    ...schema,
    properties: Object.fromEntries(Object.entries(properties).filter(([field]) => !fields.includes(field))),
    required: required.filter((field) => !fields.includes(field)),
  }
}
