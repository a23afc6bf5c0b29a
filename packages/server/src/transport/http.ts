// Operations as Express routes under /api/v1, from the table alone: bearer tokens, JSON in, JSON or
// problem+json out. Keeps SEC-3 (where cookies count, only our own pages are heard) and SEC-12.
// It knows no feature by name: what deals in cookies is what the table puts under /auth.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import {
  PalabreError,
  describeOperations,
  errors,
  limits as bounds,
  type DescribedOperation,
  type OperationName,
} from '@palabre/protocol'
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type Response,
  type Router,
} from 'express'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Caller } from '../core/caller.ts'
import { asPalabreError, type Perform } from '../core/handlers.ts'
import type { Limits } from '../core/limits.ts'
import type { Tokens } from '../core/tokens.ts'
import { addressOf, type TrustProxy } from './address.ts'
import { areBytesTooDeep } from './depth.ts'
import { createAddressReaders, type AddressReader } from './input.ts'
import type { Origins } from './origins.ts'
import { languageOfHeaders, problemOf, problemType } from './problem.ts'
import { refreshCookie } from './refresh-cookie.ts'

const tokenLength = 2_048
const bodyMs = 30_000
/** Routes that read or set the refresh cookie. */
const cookieRoutes = '/auth/'

export interface ApiParts {
  perform: Perform
  tokens: Pick<Tokens, 'authenticate'>
  limits: Limits
  origins: Origins
  trust: TrustProxy
  config: Pick<Config, 'publicUrl'>
}

/** An Express application without its default habits. */
export function createExpress(trust: TrustProxy): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.set('query parser', 'simple')
  app.set('trust proxy', trust)
  app.use((_request, response, next) => {
    response.locals['requestId'] = randomUUID()
    next()
  })
  return app
}

/** All operations, and NOT_FOUND for whatever else is asked of the API. */
export function createApi(parts: ApiParts): Router {
  const router = express.Router({ caseSensitive: true })
  const readers = createAddressReaders()
  const described = describeOperations()

  router.use(soonComplete)
  router.use(foreignOrigins(parts.origins))
  router.use(express.json({ limit: bounds.packetBytes, strict: true, inflate: false, verify: refuseDeep }))
  for (const operation of described) {
    const reader = readers.get(operation.name)
    if (reader === undefined) continue
    const guards = operation.path.startsWith(cookieRoutes) ? [ownPagesOnly(parts.origins)] : []
    const method = operation.method.toLowerCase() as Lowercase<DescribedOperation['method']>
    router[method](operation.path, ...guards, answer(parts, operation, reader))
  }
  for (const path of new Set(described.map((operation) => operation.path))) {
    const methods = described.filter((operation) => operation.path === path).map(({ method }) => method)
    router.all(path, (_request, response) => {
      response.setHeader('Allow', methods.join(', '))
      throw new PalabreError('METHOD_NOT_ALLOWED')
    })
  }
  router.use(() => {
    throw new PalabreError('NOT_FOUND')
  })
  return router
}

function answer(parts: ApiParts, operation: DescribedOperation, reader: AddressReader) {
  const { perform, limits, trust } = parts
  return async (request: Request, response: Response): Promise<void> => {
    const address = addressOf(request, trust)
    const session = operation.isPublic ? null : await sessionOf(parts, request, address)
    if (session === null) await limits.pass('anonymousRequest', address)
    refuseOtherBodies(request)
    const caller: Caller = {
      address,
      userAgent: (request.headers['user-agent'] ?? '').slice(0, 256),
      cookie: refreshCookie(request, response, parts.config, trust),
      session,
    }
    const input = reader.read(request.params, request.query, request.body)
    const output = await perform(operation.name satisfies OperationName, input, caller, requestIdOf(response))
    const body = JSON.stringify(output)
    response.setHeader('Content-Type', 'application/json; charset=utf-8')
    response.setHeader('Content-Length', Buffer.byteLength(body))
    response.end(body)
  }
}

/** @throws TOKEN_REQUIRED, and what a token can be refused for */
export async function sessionOf(
  { tokens, limits }: Pick<ApiParts, 'tokens' | 'limits'>,
  request: Request,
  address: string,
) {
  const { authorization = '' } = request.headers
  const token = /^Bearer ([\w.~+/=-]+)$/i.exec(authorization)?.[1]
  try {
    if (token === undefined || token.length > tokenLength) throw new PalabreError('TOKEN_REQUIRED')
    const { userId, sessionId } = await tokens.authenticate(token)
    await limits.pass('userRequest', userId)
    return { userId, sessionId, socketId: null }
  } catch (error) {
    if (asPalabreError(error).code !== 'RATE_LIMITED') await limits.pass('anonymousRequest', address)
    throw error
  }
}

/** What is not JSON was not parsed; it must not pass for an empty input. */
function refuseOtherBodies(request: Request) {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  if (hasBody && request.body === undefined) {
    throw new PalabreError('INVALID', { details: { path: '', reason: 'the body is not application/json' } })
  }
}

/** Whoever says JSON says it within this time, or is hung up on: bodies are small. */
function soonComplete(request: Request, _response: Response, next: () => void) {
  if (!request.complete) {
    const timer = setTimeout(() => request.destroy(), bodyMs)
    for (const end of ['end', 'close']) request.once(end, () => clearTimeout(timer))
  }
  next()
}

/** SEC-3: no form, no text, no other site. */
function ownPagesOnly(origins: Origins) {
  return (request: Request, _response: Response, next: () => void) => {
    const type = request.headers['content-type']
    const isJson = type === undefined || /^application\/json\s*(;|$)/i.test(type)
    if (!isJson || !origins.isSameSite(request)) throw new PalabreError('ORIGIN_FORBIDDEN')
    next()
  }
}

/** CORS for the origins that the operator names, without credentials; for nobody else. */
function foreignOrigins(origins: Origins) {
  return (request: Request, response: Response, next: () => void) => {
    const origin = origins.foreign(request)
    if (origin !== null) {
      response.setHeader('Access-Control-Allow-Origin', origin)
      response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE')
      response.setHeader('Access-Control-Allow-Headers', 'authorization, content-type')
      response.setHeader('Access-Control-Max-Age', '600')
      response.vary('Origin')
    }
    if (origin !== null && request.method === 'OPTIONS') response.status(204).end()
    else next()
  }
}

function refuseDeep(_request: IncomingMessage, _response: unknown, bytes: Buffer) {
  if (areBytesTooDeep(bytes, bounds.jsonDepth)) {
    throw new PalabreError('INVALID', { details: { path: '', reason: 'nests too deep' } })
  }
}

/** The last word of the application: every error as a problem (RFC 9457), the unexpected ones logged. */
export function problems(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    if (response.headersSent) {
      next(thrown)
      return
    }
    const error = ofBodyParser(thrown) ?? asPalabreError(thrown)
    const requestId = requestIdOf(response)
    // `perform` has logged its own; what it has not seen is logged here.
    if (error.code === 'INTERNAL' && error !== thrown) {
      logger.error({ requestId, method: request.method, err: thrown }, 'a request failed unexpectedly')
    }
    if (error.retryAfterMs !== undefined) {
      response.setHeader('Retry-After', String(Math.ceil(error.retryAfterMs / 1_000)))
    }
    if (errors[error.code].status === 401) response.setHeader('WWW-Authenticate', 'Bearer')
    const problem = problemOf(error, languageOfHeaders(request.headers), requestId)
    response.status(problem.status).type(problemType).send(JSON.stringify(problem))
  }
}

/** What express.json throws, in our words. */
function ofBodyParser(thrown: unknown): PalabreError | null {
  if (!(thrown instanceof Error) || thrown instanceof PalabreError) return null
  const { type, status } = thrown as { type?: unknown; status?: unknown }
  if (type === 'entity.too.large') return new PalabreError('PACKET_TOO_LARGE')
  const isRequestsFault = typeof status === 'number' && status >= 400 && status < 500
  return isRequestsFault
    ? new PalabreError('INVALID', { details: { path: '', reason: 'is not readable' } })
    : null
}

function requestIdOf(response: Response): string {
  return String(response.locals['requestId'])
}
