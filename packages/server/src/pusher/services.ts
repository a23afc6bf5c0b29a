// Which push services this server sends to (SEC-20, SEC-21). The address of a subscription is a stranger's word: it must
// be one of the services that browsers use, over https on its usual port, or one that the operator names. Where it leads
// is looked at when the connection is made (`outbound/addresses.ts`): never to a machine of this network.

/** Of Chrome and those made from it, Firefox, Safari, Edge. A dot first: any host below it. */
const makers = ['fcm.googleapis.com', '.push.services.mozilla.com', '.push.apple.com', '.notify.windows.com']

export type PushService = 'maker' | 'operator' | null

/** Who vouches for the service that takes this endpoint; null: nobody. */
export function serviceOf(endpoint: string, operators: readonly string[]): PushService {
  if (!URL.canParse(endpoint)) return null
  const url = new URL(endpoint)
  if (url.username !== '' || url.password !== '') return null
  if (operators.includes(url.origin)) return 'operator'
  if (url.protocol !== 'https:' || url.port !== '') return null
  const isMade = makers.some((host) =>
    host.startsWith('.') ? url.hostname.endsWith(host) : url.hostname === host,
  )
  return isMade ? 'maker' : null
}
