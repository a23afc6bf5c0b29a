// What machines ask about this node: is it alive, may it get traffic, how is it doing. /metrics is for this
// machine alone unless the operator says otherwise. The pages' policy reports are counted here too.
import { PalabreError } from '@palabre/protocol'
import express, { type Router } from 'express'
import type { Config } from '../config.ts'
import type { Limits } from '../core/limits.ts'
import type { Store } from '../store/port/store.ts'
import { addressOf, isFromThisMachine, type TrustProxy } from './address.ts'
import { reportPath } from './headers.ts'
import type { Metrics } from './metrics.ts'

/** A store that takes longer than this to make a trivial write durable is not ready. */
const probeMs = 2_000

export interface ProbeParts {
  config: Pick<Config, 'metrics'>
  store: Pick<Store, 'probe'>
  metrics: Metrics
  limits: Limits
  trust: TrustProxy
  isDraining(): boolean
}

export function createProbes({ config, store, metrics, limits, trust, isDraining }: ProbeParts): Router {
  const router = express.Router({ caseSensitive: true })

  router.get('/healthz', (_request, response) => {
    response.json({ ok: true })
  })

  router.get('/readyz', async (_request, response) => {
    const reason = isDraining() ? 'draining' : (await isInTime(store.probe(), probeMs)) ? null : 'store'
    response.status(reason === null ? 200 : 503).json(reason === null ? { ok: true } : { ok: false, reason })
  })

  router.get('/metrics', async (request, response) => {
    if (config.metrics !== 'public' && !isFromThisMachine(request, trust)) throw new PalabreError('NOT_FOUND')
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })

  router.post(reportPath, async (request, response) => {
    await limits.pass('policyReport', addressOf(request, trust))
    metrics.violated()
    response.status(204).end()
  })
  return router
}

async function isInTime(work: Promise<void>, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs)
  })
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => false,
      ),
      late,
    ])
  } finally {
    clearTimeout(timer)
  }
}
