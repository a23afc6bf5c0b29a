// The files of messages that wait (OUT-6): which of them goes up now, a few at a time, the oldest first; how far each
// has come; when a broken one is tried again. What is durable (where the server takes it, that it has it) is the
// outbox's; this holds what lives as long as the connection. A tab that follows hears how far the leader's are.
import { limits, PalabreError, type MessageId } from '@palabre/protocol'
import type { Observable, UploadProgress } from '../api.ts'
import { backoffMs } from '../connection/backoff.ts'
import { endsSession, type Tokens } from '../connection/tokens.ts'
import { createSource, type Source } from '../observable.ts'
import type { Outbox } from './door.ts'
import { isUploaded, waits } from './next.ts'
import type { LiveEntry } from './overlay.ts'

export interface Uploads {
  /** Something may have to go up, or nothing any more. */
  look(): void
  /** How far a message's files are; null: none are under way. */
  progress(messageId: MessageId): Observable<UploadProgress | null>
  /** The tab that leads says so. */
  hear(messageId: MessageId, progress: UploadProgress | null): void
}

export interface UploadsOptions {
  outbox: Pick<Outbox, 'all' | 'isReady' | 'keepUpload' | 'refuse'>
  /** Its bytes; null: they are not here any more. */
  file: (entry: LiveEntry, index: number) => Promise<Blob | null>
  /** Where uploads begin. */
  endpoint: string
  tokens: Pick<Tokens, 'fresh' | 'renew'>
  onProgress: (messageId: MessageId, progress: UploadProgress | null) => void
  random: () => number
}

interface Running {
  stop: AbortController
  sentBytes: number
}

/** How often the other tabs, and the screen, hear of it. */
const TELL_EVERY_MS = 200

export function createUploads(options: UploadsOptions): Uploads {
  const { outbox, tokens } = options
  const running = new Map<string, Running>()
  const resting = new Map<string, { failures: number; timer: ReturnType<typeof setTimeout> | undefined }>()
  const sources = new Map<MessageId, Source<UploadProgress | null>>()
  const telling = new Map<MessageId, ReturnType<typeof setTimeout>>()
  const keyOf = (entry: LiveEntry, index: number) => `${entry.order}/${index}`

  function sourceOf(messageId: MessageId): Source<UploadProgress | null> {
    const known = sources.get(messageId)
    if (known) return known
    const made = createSource<UploadProgress | null>(null)
    sources.set(messageId, made)
    return made
  }

  function look(): void {
    const wanted = new Map<string, { entry: LiveEntry; index: number }>()
    if (outbox.isReady())
      for (const entry of outbox.all())
        for (const [index, { isDone }] of (entry.uploads ?? []).entries())
          if (!isDone && waits(entry)) wanted.set(keyOf(entry, index), { entry, index })
    for (const [key, { stop }] of running) if (!wanted.has(key)) stop.abort()
    for (const [key, { timer }] of resting) {
      if (wanted.has(key)) continue
      clearTimeout(timer)
      resting.delete(key)
    }
    for (const [key, { entry, index }] of wanted) {
      if (running.size >= limits.uploadsAtOnce) return
      if (running.has(key) || resting.get(key)?.timer !== undefined) continue
      void send(entry, index, key)
    }
  }

  async function send(entry: LiveEntry, index: number, key: string): Promise<void> {
    const upload = entry.uploads?.[index]
    if (!upload) return
    const run: Running = { stop: new AbortController(), sentBytes: 0 }
    running.set(key, run)
    tell(entry)
    try {
      const bytes = await options.file(entry, index)
      if (bytes === null) throw new PalabreError('UPLOAD_NOT_FOUND')
      const { transfer } = await import('./tus-transfer.ts')
      await transfer({
        endpoint: options.endpoint,
        upload,
        bytes,
        token: tokens.fresh,
        onPlace: (url) => void outbox.keepUpload(entry, index, { url }).catch(() => undefined),
        onProgress(sentBytes) {
          run.sentBytes = sentBytes
          resting.delete(key)
          tell(entry)
        },
        signal: run.stop.signal,
      })
      await outbox.keepUpload(entry, index, { isDone: true })
    } catch (error) {
      if (!run.stop.signal.aborted) await broken(entry, key, error)
    } finally {
      running.delete(key)
      tell(entry)
    }
    look()
  }

  async function broken(entry: LiveEntry, key: string, error: unknown): Promise<void> {
    const known = error instanceof PalabreError ? error : new PalabreError('INTERNAL', { cause: error })
    if (known.retry === 'never' && !endsSession(known.code))
      return await outbox.refuse(entry.conversationId, entry.messageId, known)
    if (known.retry === 'renew') await tokens.renew().catch(() => undefined)
    const failures = (resting.get(key)?.failures ?? 0) + 1
    const timer = setTimeout(
      () => {
        resting.set(key, { failures, timer: undefined })
        look()
      },
      (known.retryAfterMs ?? 0) + backoffMs(failures, options.random()),
    )
    resting.set(key, { failures, timer })
  }

  /** Not at every packet. */
  function tell({ messageId }: LiveEntry): void {
    if (telling.has(messageId)) return
    const timer = setTimeout(() => {
      telling.delete(messageId)
      const entry = outbox.all().find((one) => one.messageId === messageId && one.uploads !== undefined)
      const progress = entry && waits(entry) && !isUploaded(entry) ? progressOf(entry) : null
      sourceOf(messageId).set(progress)
      options.onProgress(messageId, progress)
    }, TELL_EVERY_MS)
    telling.set(messageId, timer)
  }

  function progressOf(entry: LiveEntry): UploadProgress {
    const files = (entry.uploads ?? []).map(({ isDone, bytes }, index) => ({
      totalBytes: bytes,
      sentBytes: isDone ? bytes : (running.get(keyOf(entry, index))?.sentBytes ?? 0),
    }))
    const sum = (of: 'totalBytes' | 'sentBytes') => files.reduce((total, file) => total + file[of], 0)
    return { sentBytes: sum('sentBytes'), totalBytes: sum('totalBytes') }
  }

  return {
    look,
    progress: sourceOf,
    hear: (messageId, progress) => sourceOf(messageId).set(progress),
  }
}
