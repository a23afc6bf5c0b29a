// The one way from a request to its handler, whatever it came by: role → limit → proof → parse → run → time.
// Everything thrown becomes a PalabreError; what nobody expected is logged with the request's id and
// answered as INTERNAL, so that one bad request never ends the server (SEC-36).
import {
  PalabreError,
  operations,
  type Operation,
  type OperationName,
  type Output,
  type ParsedInput,
  type UserId,
} from '@palabre/protocol'
import type { Caller } from './caller.ts'
import type { Context, PublicContext, Services } from './context.ts'
import type { Limits } from './limits.ts'
import { needProof } from './proof.ts'

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

  /** To everybody else the operation does not exist. @throws NOT_FOUND */
  async function needOperator(userId: UserId): Promise<void> {
    if ((await services.store.users.roleOf(userId)) !== 'operator') throw new PalabreError('NOT_FOUND')
  }

  async function run(name: OperationName, rawInput: unknown, caller: Caller, requestId: string) {
    const { access, input, isSensitive }: Operation = operations[name]
    const { session } = caller
    if (access !== 'public' && session === null) throw new PalabreError('TOKEN_REQUIRED')
    // Asked of the store each time: a role that was taken away is gone at once (ACC-2).
    if (access === 'operator' && session !== null) await needOperator(session.userId)
    await limits.take(name, rawInput, caller)
    if (isSensitive === true && session !== null) await needProof(services, session.sessionId)
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
