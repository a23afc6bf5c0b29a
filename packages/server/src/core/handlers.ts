// The one way from a request to its handler, whatever it came by: limit → parse → run → time.
// Everything thrown becomes a PalabreError; what nobody expected is logged with the request's id and
// answered as INTERNAL, so that one bad request never ends the server (SEC-36).
import {
  PalabreError,
  operations,
  type OperationName,
  type Output,
  type ParsedInput,
} from '@palabre/protocol'
import type { Caller } from './caller.ts'
import type { Context, PublicContext, Services } from './context.ts'
import type { Limits } from './limits.ts'

type ContextOf<N extends OperationName> = (typeof operations)[N]['access'] extends 'public'
  ? PublicContext
  : Context

/** One handler for each operation; a missing one does not compile (`satisfies Handlers`). */
export type Handlers = {
  [N in OperationName]: (ctx: ContextOf<N>, input: ParsedInput<N>) => Promise<Output<N>>
}

/** What is measured of every operation. */
export interface OperationObserver {
  performed(name: OperationName, durationMs: number, error: PalabreError | null, output: unknown): void
}

export type Perform = (
  name: OperationName,
  rawInput: unknown,
  caller: Caller,
  requestId: string,
) => Promise<Output<OperationName>>

type AnyHandler = (ctx: PublicContext, input: unknown) => Promise<Output<OperationName>>

/** Binds `perform` to a server's parts. `perform` rejects with nothing but a PalabreError. */
export function createPerform(
  services: Services,
  handlers: Handlers,
  limits: Limits,
  observer: OperationObserver,
): Perform {
  /** Inherits the services: copying some thirty fields for every message would cost more than reading one. */
  function contextOf(caller: Caller, requestId: string): PublicContext {
    const { session, address, userAgent, cookie } = caller
    return Object.assign(Object.create(services) as PublicContext, session, {
      address,
      userAgent,
      cookie,
      requestId,
    })
  }

  async function run(name: OperationName, rawInput: unknown, caller: Caller, requestId: string) {
    const { access, input } = operations[name]
    if (access === 'session' && caller.session === null) throw new PalabreError('TOKEN_REQUIRED')
    await limits.take(name, rawInput, caller)
    const parsed = input.safeParse(rawInput)
    if (!parsed.success) throw invalid(parsed.error.issues)
    const context = contextOf(caller, requestId)
    // The table pairs each handler with its own input; that the two belong together is checked by `Handlers`.
    const handler = handlers[name] as unknown as AnyHandler
    return handler(context, parsed.data)
  }

  return async function perform(name, rawInput, caller, requestId) {
    const startedAt = performance.now()
    try {
      const output = await run(name, rawInput, caller, requestId)
      observer.performed(name, performance.now() - startedAt, null, output)
      if (operations[name].access === 'public') await limits.settled(name, rawInput, caller, null)
      return output
    } catch (thrown) {
      const error = asPalabreError(thrown)
      if (error.code === 'INTERNAL') {
        services.logger.error({ requestId, operation: name, err: thrown }, 'an operation failed unexpectedly')
      }
      if (operations[name].access === 'public') await limits.settled(name, rawInput, caller, error)
      observer.performed(name, performance.now() - startedAt, error, null)
      throw error
    }
  }
}

/** Says where an input is wrong, never what it held. */
function invalid(issues: readonly { path: PropertyKey[]; message: string }[]): PalabreError {
  const first = issues[0]
  return new PalabreError('INVALID', {
    details: {
      path: (first?.path ?? []).map(String).join('.').slice(0, 200),
      reason: first?.message.slice(0, 200) ?? '',
    },
  })
}

export function asPalabreError(thrown: unknown): PalabreError {
  return thrown instanceof PalabreError ? thrown : new PalabreError('INTERNAL', { cause: thrown })
}
