// Adapter: Web Push (RFC 8030), encrypted for the device (RFC 8291) and signed by this server (RFC 8292) by `web-push`.
// The request itself is made here: to an allowed service, at an address that was looked at, without following anything,
// within a time, and without reading more of the answer than its status.
import { request as askHttp, Agent as HttpAgent } from 'node:http'
import { request as askHttps, Agent as HttpsAgent } from 'node:https'
import type { PushTarget } from '@palabre/protocol'
import webpush from 'web-push'
import { guardedLookup, isPublicAddress } from '../outbound/addresses.ts'
import type { PushAnswer, Pusher, PushMessage } from './port.ts'
import { serviceOf } from './services.ts'

const answerMs = 10_000
const connections = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4 }
/** No service asks for longer than this; a wrong date might. */
const longestWaitMs = 10 * 60_000

export interface WebPusherOptions {
  vapid: { readonly publicKey: string; readonly privateKey: string }
  /** Where this server is; push services write to whoever is there when something is wrong. */
  publicUrl: string
  /** Origins that the operator vouches for. */
  services: readonly string[]
}

export function createWebPusher({ vapid, publicUrl, services }: WebPusherOptions): Pusher {
  // Looked up anew for each connection, and only what was looked at is connected to.
  const open = new HttpsAgent({ ...connections, lookup: guardedLookup(isPublicAddress) })
  const own = { http: new HttpAgent(connections), https: new HttpsAgent(connections) }
  const subject = publicUrl.startsWith('https://') ? publicUrl : 'mailto:operator@palabre.invalid'

  function post(target: PushTarget, message: PushMessage): Promise<PushAnswer> {
    const { endpoint, p256dh, auth } = target
    const service = serviceOf(endpoint, services)
    if (service === null) return Promise.resolve({ outcome: 'refused', status: null, retryAfterMs: null })
    const { headers, body } = webpush.generateRequestDetails(
      { endpoint, keys: { p256dh, auth } },
      message.body,
      {
        vapidDetails: { subject, ...vapid },
        TTL: message.ttl,
        urgency: message.urgency,
        contentEncoding: 'aes128gcm',
        ...(message.topic !== null && { topic: message.topic }),
      },
    )
    const isPlain = endpoint.startsWith('http:')
    const agent = service === 'maker' ? open : isPlain ? own.http : own.https
    return new Promise((answer) => {
      const sent = (isPlain ? askHttp : askHttps)(
        endpoint,
        { method: 'POST', headers, agent, signal: AbortSignal.timeout(answerMs) },
        (response) => {
          const status = response.statusCode ?? 0
          // Its words are nobody's business here; the connection is used again.
          response.resume()
          response.on('error', () => undefined)
          answer({
            outcome: outcomeOf(status),
            status,
            retryAfterMs: waitOf(response.headers['retry-after']),
          })
        },
      )
      sent.on('error', () => answer({ outcome: 'unreachable', status: null, retryAfterMs: null }))
      sent.end(body)
    })
  }

  return {
    publicKey: vapid.publicKey,
    isAllowed: (endpoint) => serviceOf(endpoint, services) !== null,
    mustShow: (endpoint) => new URL(endpoint).hostname.endsWith('.push.apple.com'),
    async send(target, message) {
      try {
        return await post(target, message)
      } catch {
        // Keys that are none: no attempt will do better.
        return { outcome: 'refused', status: null, retryAfterMs: null }
      }
    },
    close() {
      for (const agent of [open, own.http, own.https]) agent.destroy()
    },
  }
}

function outcomeOf(status: number): PushAnswer['outcome'] {
  if (status >= 200 && status < 300) return 'sent'
  if (status === 404 || status === 410) return 'gone'
  if (status === 429) return 'busy'
  return status >= 500 ? 'unreachable' : 'refused'
}

/** Seconds, or a date. */
function waitOf(header: string | undefined): number | null {
  if (header === undefined) return null
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), longestWaitMs) : null
}
