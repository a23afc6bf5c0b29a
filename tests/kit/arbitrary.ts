// Inputs for any operation, from its schema: well formed ones, and ones that are wrong in a place.
import fc from 'fast-check'
import { v7 } from 'uuid'
import { z } from 'zod'
import { operations, type OperationName } from '@palabre/protocol'

/** The part of JSON Schema that our inputs use. */
interface Schema {
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  additionalProperties?: Schema | boolean
  propertyNames?: Schema
  pattern?: string
  format?: string
  minimum?: number
  maximum?: number
  maxItems?: number
}

/** Ids that mean something to the server, by the name of the field that holds them. */
export type Pools = Readonly<Record<string, readonly string[]>>

const words = ['hello', 'Zoë', '👍', '🎉', 'a phrase nobody guesses', 'x'.repeat(300), 'عربي', '1', 'on']

/** What no program of ours sends. */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -0,
    -1,
    1.5,
    2 ** 53,
    -(2 ** 53),
    1e308,
    '',
    ' ',
    '0',
    'null',
    '\u0000',
    '\uD83D',
    'half \uDE00',
    '\u202Eevil',
    '../../etc/passwd',
    "' OR 1=1 --",
    '%',
    '_',
    '"*"',
    '__proto__',
    'constructor',
    'x'.repeat(70_000),
  ),
  fc
    .constantFrom<() => unknown>(
      () => ({}),
      () => [],
      () => [[]],
      () => ({ $ne: '' }),
      () => ({ $gt: 0 }),
      () => ({ _bsontype: 'ObjectId', id: 'x' }),
      () => ({ toString: 'x', valueOf: 1 }),
      () => ({ length: -1 }),
      () => ({ then: 'x' }),
      () => JSON.parse('{"__proto__":{"isAdmin":true}}') as unknown,
      () => JSON.parse('{"constructor":{"prototype":{"isAdmin":true}}}') as unknown,
      () => Array.from({ length: 1_500 }, () => v7()),
      () => Array.from({ length: 5_000 }, () => 0),
      () => Object.fromEntries(Array.from({ length: 1_200 }, () => [v7(), 1])),
      () => JSON.parse('['.repeat(60) + ']'.repeat(60)) as unknown,
      () => v7(),
    )
    .map((make) => make()),
)

const extraKeys = [
  'senderId',
  'seq',
  'rev',
  'role',
  'createdAt',
  'isAdmin',
  'forwarded',
  '__proto__',
  'constructor',
  'x',
]

/** Inputs of one operation: most well formed, some wrong at one or several places. */
export function inputsOf(name: OperationName, pools: Pools): fc.Arbitrary<Record<string, unknown>> {
  const schema = z.toJSONSchema(operations[name].input, { io: 'input', unrepresentable: 'any' }) as Schema
  const make = (evil: number) =>
    build(schema, '', pools, evil).filter(
      (value): value is Record<string, unknown> =>
        value !== null &&
        typeof value === 'object' &&
        !Array.isArray(value) &&
        JSON.stringify(value).length < 240_000,
    )
  return fc.oneof({ weight: 1, arbitrary: make(0) }, { weight: 3, arbitrary: make(1) })
}

/** `evil` of ten nodes are wrong. */
function build(schema: Schema, key: string, pools: Pools, evil: number): fc.Arbitrary<unknown> {
  const right = wellFormed(schema, key, pools, evil)
  // The whole input stays an object: there is nothing else to put into a request's body.
  if (evil === 0 || key === '') return right
  return fc.oneof({ weight: 10 - evil, arbitrary: right }, { weight: evil, arbitrary: hostile })
}

function wellFormed(schema: Schema, key: string, pools: Pools, evil: number): fc.Arbitrary<unknown> {
  const inner = (part: Schema, partKey = key) => build(part, partKey, pools, evil)
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives) return fc.oneof(...alternatives.map((part) => wellFormed(part, key, pools, evil)))
  if (schema.allOf) return wellFormed(Object.assign({}, ...schema.allOf) as Schema, key, pools, evil)
  switch (schema.type) {
    case 'object':
      return schema.properties ? objectOf(schema, inner, evil) : recordOf(schema, key, pools, inner)
    case 'array':
      return fc.array(inner(schema.items ?? {}, key.replace(/s$/, '')), {
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      })
    case 'string':
      return stringOf(schema, key, pools)
    case 'integer':
    case 'number':
      return fc.oneof(smallNumbers(schema), fc.constantFrom(1, 2, 50, Date.now()))
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return fc.constantFrom(...words)
  }
}

/** Small ones, for what a schema allows: from its minimum on, a hundred of them or up to its maximum. */
function smallNumbers({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema): fc.Arbitrary<number> {
  const min = Math.max(minimum, Math.min(0, maximum))
  return fc.integer({ min, max: Math.min(maximum, min + 100) })
}

function objectOf(
  schema: Schema,
  inner: (part: Schema, key: string) => fc.Arbitrary<unknown>,
  evil: number,
): fc.Arbitrary<unknown> {
  const model = Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([key, part]) => [key, inner(part, key)]),
  )
  const whole = fc.record(model, { requiredKeys: schema.required ?? [], noNullPrototype: true })
  if (evil === 0) return whole
  const missing = fc.record(model, { requiredKeys: [], noNullPrototype: true })
  const extra = fc
    .tuple(whole, fc.constantFrom(...extraKeys), hostile)
    .map(([value, key, wrong]) => withKey(value as object, key, wrong))
  return fc.oneof(
    { weight: 6, arbitrary: whole },
    { weight: 1, arbitrary: missing },
    { weight: 2, arbitrary: extra },
  )
}

/** `__proto__` as a key of its own, as JSON would have it. */
function withKey(value: object, key: string, wrong: unknown): object {
  return Object.defineProperty({ ...value }, key, {
    value: wrong,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

function recordOf(
  schema: Schema,
  key: string,
  pools: Pools,
  inner: (part: Schema, key: string) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const names = stringOf(schema.propertyNames ?? {}, key.replace(/s$/, 'Id'), pools)
  const values = inner(
    typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {},
    'value',
  )
  return fc.dictionary(names, values, { maxKeys: 4, noNullPrototype: true })
}

function stringOf(schema: Schema, key: string, pools: Pools): fc.Arbitrary<string> {
  const pool = pools[key]
  if (pool !== undefined && pool.length > 0)
    return fc.oneof(
      fc.constantFrom(...pool),
      fc.constant(null).map(() => v7()),
    )
  // A pattern's strings are not made up here: ids are uuids, and the rest may be refused as well as taken.
  const isId = schema.format === 'uuid' || /id$/i.test(key)
  return isId
    ? fc.constant(null).map(() => v7())
    : fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 40 }))
}
