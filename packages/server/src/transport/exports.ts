// One's own data as a file (EXP-1 … EXP-3): by the token, after proving who one is, one at a time. Sent as it is made; whoever
// cancels closes the connection, and the making ends with it.
import { pipeline } from 'node:stream/promises'
import express, { type Router } from 'express'
import { PalabreError, type UserId } from '@palabre/protocol'
import type { Services } from '../core/context.ts'
import { createArchive } from '../core/export/archive.ts'
import type { Limits } from '../core/limits.ts'
import { needProof } from '../core/proof.ts'
import { addressOf, type TrustProxy } from './address.ts'
import { sessionOf } from './http.ts'
import type { Origins } from './origins.ts'

export interface ExportParts {
  services: Pick<Services, 'store' | 'media' | 'now' | 'takeTurn' | 'config' | 'tokens' | 'logger'>
  limits: Limits
  origins: Origins
  trust: TrustProxy
}

/** For `/api/v1/me/export`. */
export function createExports({ services, limits, origins, trust }: ExportParts): Router {
  const router = express.Router({ caseSensitive: true })
  const running = new Set<UserId>()
  const edge = { tokens: services.tokens, limits, origins, trust }

  router.get('/', async (request, response) => {
    const { userId, sessionId } = await sessionOf(edge, request, addressOf(request, trust))
    await needProof(services, sessionId)
    if (running.has(userId)) throw new PalabreError('EXPORT_RUNNING')
    await limits.pass('export', userId)
    running.add(userId)
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    try {
      const day = new Date(services.now()).toISOString().slice(0, 10)
      response.setHeader('Content-Type', 'application/zip')
      response.setHeader('Content-Disposition', `attachment; filename="palabre-${day}.zip"`)
      response.setHeader('Cache-Control', 'no-store, no-transform')
      await pipeline(createArchive(services, userId, gone.signal), response)
    } catch (error) {
      // Half a file must not look like a whole one: the connection is cut, and the page says so.
      if (!gone.signal.aborted) services.logger.error({ err: error, userId }, 'an export failed')
      response.destroy()
    } finally {
      running.delete(userId)
    }
  })
  return router
}
