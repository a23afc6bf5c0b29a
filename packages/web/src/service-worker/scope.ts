// The service worker's own global object, as what it is.
export const worker = self as unknown as ServiceWorkerGlobalScope

/** What notifications can do beyond what the library of types knows. */
export interface ShownOptions extends NotificationOptions {
  renotify?: boolean
  timestamp?: number
  actions?: readonly { action: string; title: string; type?: 'button' | 'text'; placeholder?: string }[]
}

/** What a notification of a conversation remembers. */
export interface Shdata {
  path: string
  conversationId: string
  userId: string | null
  /** The newest message that it shows. */
  seq: number
  /** What it shows, the newest last. */
  lines: readonly string[]
}
