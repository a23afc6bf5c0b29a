// What an operation is: anything a client may ask, said once. Both binders (HTTP and socket), the SDK,
// the OpenAPI document and the fuzz tests read this and nothing else.
import type { z } from 'zod'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
/** Path parameters and the query or body are one input object; a parameter is `:name`. */
export type Route = `${Method} /${string}`

/** Names a row of the server's table of rates. */
export type LimitClass =
  | 'none'
  | 'login'
  | 'register'
  | 'refresh'
  | 'read'
  | 'write'
  | 'send'
  | 'change'
  | 'typing'
  | 'watch'
  | 'status'
  | 'sync'
  | 'search'
  | 'find'
  | 'group'
  | 'join'
  | 'push'
  | 'prove'
  | 'leave'
  | 'reset'
  | 'report'

/**
 * `public`: before sign-in. Everything else needs a valid access token. `operator`: and the role; to everybody else
 * the operation does not exist (ACC-2).
 */
export type Access = 'public' | 'session' | 'operator'

export interface Operation<
  I extends z.ZodType = z.ZodType,
  O extends z.ZodType = z.ZodType,
  A extends Access = Access,
> {
  /** The event's name on the socket; null where only HTTP makes sense (it deals in cookies). */
  readonly socket: string | null
  readonly http: Route
  /** Literal, so that a handler's context follows from it. */
  readonly access: A
  readonly limit: LimitClass
  /** Only soon after the person has proved who they are on this device (ACC-3). */
  readonly isSensitive?: true
  /** One sentence for the API's page. */
  readonly summary: string
  readonly input: I
  readonly output: O
}

export function operation<I extends z.ZodType, O extends z.ZodType, A extends Access>(
  definition: Operation<I, O, A>,
): Operation<I, O, A> {
  return definition
}
