// Port: handing one push to the service that carries it. What is said to whom is decided above (`core/push/pushes.ts`).
import type { PushOutcome, PushTarget } from '@palabre/protocol'

export interface PushMessage {
  /** JSON of at most `limits.pushBytes`; encrypted for the device on its way. */
  body: string
  /** Seconds for which the service keeps it for a device that is off. */
  ttl: number
  urgency: 'normal' | 'high'
  /** At most 32 characters of base64url: a later one of the same topic takes the place of one that still waits. */
  topic: string | null
}

export interface PushAnswer {
  outcome: PushOutcome
  /** HTTP status of the service; null when it was not reached. */
  status: number | null
  /** How long it asks to wait. */
  retryAfterMs: number | null
}

export interface Pusher {
  /** base64url: what browsers subscribe with. */
  readonly publicKey: string
  /** Whether this server sends to it at all (SEC-21). */
  isAllowed(endpoint: string): boolean
  /** True where a device must show something at every push, or its subscription ends. */
  mustShow(endpoint: string): boolean
  /** Never rejects. */
  send(target: PushTarget, message: PushMessage): Promise<PushAnswer>
  close(): void
}
