// How to ask an operation: most are at hand; what is asked on few days is fetched first.
import { routes, PalabreError, type OperationName, type OperationRoute } from '@palabre/protocol'

/** At hand, nothing waits. @throws when it cannot be fetched */
export function routeOf(name: OperationName): OperationRoute | Promise<OperationRoute> {
  return routes[name] ?? rareRoute(name)
}

async function rareRoute(name: OperationName): Promise<OperationRoute> {
  const { rareRoutes } = await import('./rare-routes.ts').catch((cause: unknown) => {
    throw new PalabreError('STORE_UNAVAILABLE', { details: { reason: 'unreachable' }, cause })
  })
  const route = rareRoutes[name]
  if (route === undefined) throw new PalabreError('NOT_FOUND')
  return route
}
