// One input object out of an HTTP request: path parameters, and the query of a GET or the JSON body of
// anything else. Text from the address is turned into numbers and booleans where the operation's schema
// asks for them; nothing is guessed, and nothing may be said twice (ASVS 15.3.7).
import {
  PalabreError,
  describeOperations,
  type DescribedOperation,
  type OperationName,
} from '@palabre/protocol'

/** How one operation's address is read. */
export interface AddressReader {
  /** @throws INVALID */
  read(params: object, query: object, body: unknown): Record<string, unknown>
}

export function createAddressReaders(): Map<OperationName, AddressReader> {
  return new Map(describeOperations().map((operation) => [operation.name, createAddressReader(operation)]))
}

function createAddressReader({ method, parameters }: DescribedOperation): AddressReader {
  const types = new Map(parameters.map(({ name, schema }) => [name, schema['type']]))
  return {
    read(params, query, body) {
      // Spread defines fields, where Object.assign would set a prototype by a field named __proto__.
      const input: Record<string, unknown> = method === 'GET' || !isRecord(body) ? {} : { ...body }
      if (method !== 'GET') {
        if (Object.keys(query).length > 0) throw invalid('', 'this takes no query')
        if (body !== undefined && !isRecord(body)) throw invalid('', 'the body is not an object')
      } else if (body !== undefined && Object.keys(body as object).length > 0) {
        throw invalid('', 'this takes no body')
      }
      for (const [name, value] of [
        ...(method === 'GET' ? Object.entries(query) : []),
        ...Object.entries(params),
      ]) {
        if (Object.hasOwn(input, name)) throw invalid(name, 'is given twice')
        if (typeof value !== 'string') throw invalid(name, 'is given twice')
        input[name] = coerce(value, types.get(name))
      }
      return input
    },
  }
}

/** A number or boolean written the one way that JSON would; anything else stays text and meets the schema. */
export function coerce(value: string, type: unknown): unknown {
  if (type === 'integer' || type === 'number')
    return /^-?(0|[1-9]\d{0,15})$/.test(value) ? Number(value) : value
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value
  return value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(path: string, reason: string): PalabreError {
  return new PalabreError('INVALID', { details: { path: path.slice(0, 64), reason } })
}
