// The picture, sound or file behind an id as an address that this page can show: what still waits here, what this
// browser kept, or what the server has. Asked for once however many show it; let go some time after nobody does.
import type { ConversationId, MessageId } from '@palabre/protocol'
import { onScopeDispose, shallowReactive, watch } from 'vue'
import { client, useObservable } from '../../client.ts'
import { openMediaCache, type MediaCache } from './media-cache.ts'

export type Part = 'media' | 'thumbnail'

/** What to show. `waits`: it is in a message that is not sent yet. */
export interface Wanted {
  readonly mediaId: string
  readonly part: Part
  readonly waits?: {
    readonly conversationId: string
    readonly messageId: string
    readonly isPoster?: boolean
  }
}

export interface MediaUrl {
  url: string | null
  state: 'loading' | 'ready' | 'failed'
  /** After a failure. */
  again(): void
}

interface Held {
  readonly blob: Promise<Blob>
  url: string | null
  users: number
}

/** Bytes that stay in memory while nobody shows them: scrolling back does not flicker. */
const spareBytes = 48 * 1_024 * 1_024
const held = new Map<string, Held>()
const spare = new Map<string, number>()
let cache: { userId: string; media: MediaCache } | null = null

function cacheOfMine(): MediaCache | null {
  const userId = client.me.get()?.id
  if (userId === undefined) return null
  if (cache?.userId !== userId) {
    for (const key of [...held.keys()]) forget(key)
    spare.clear()
    cache = { userId, media: openMediaCache(userId) }
  }
  return cache.media
}

const keyOf = ({ mediaId, part }: Wanted) => `${mediaId}/${part}`

function forget(key: string): void {
  const url = held.get(key)?.url
  if (url) URL.revokeObjectURL(url)
  held.delete(key)
}

async function load(wanted: Wanted): Promise<Blob> {
  const { mediaId, part, waits } = wanted
  if (waits) {
    const { conversationId, messageId, isPoster = false } = waits
    const blob = await client.media.waiting(
      conversationId as ConversationId,
      messageId as MessageId,
      isPoster ? 'poster' : 'media',
    )
    if (blob) return blob
  }
  const path = new URL(client.media.url(mediaId, part)).pathname
  const kept = await cacheOfMine()?.get(path)
  if (kept) return kept
  const blob = await client.media.fetch(mediaId, part)
  void cacheOfMine()?.put(path, blob)
  return blob
}

/** Also for who shows nothing, e.g. to save it. */
export async function mediaBlob(wanted: Wanted): Promise<Blob> {
  return await (held.get(keyOf(wanted))?.blob ?? load(wanted))
}

async function acquire(wanted: Wanted): Promise<string> {
  cacheOfMine()
  const key = keyOf(wanted)
  const known = held.get(key)
  const one = known ?? { blob: load(wanted), url: null, users: 0 }
  held.set(key, one)
  spare.delete(key)
  one.users++
  try {
    const blob = await one.blob
    one.url ??= URL.createObjectURL(blob)
    return one.url
  } catch (error) {
    if (held.get(key) === one) held.delete(key)
    throw error
  }
}

async function release(wanted: Wanted): Promise<void> {
  const key = keyOf(wanted)
  const one = held.get(key)
  if (!one || --one.users > 0) return
  const size = await one.blob.then(
    (blob) => blob.size,
    () => 0,
  )
  if (one.users > 0 || held.get(key) !== one) return
  spare.set(key, size)
  let bytes = [...spare.values()].reduce((sum, each) => sum + each, 0)
  for (const [oldest, its] of spare) {
    if (bytes <= spareBytes) return
    bytes -= its
    spare.delete(oldest)
    forget(oldest)
  }
}

/** For who shows it outside of `useMediaUrl`. @throws what asking for it threw. */
export async function borrow(wanted: Wanted): Promise<{ url: string; letGo: () => void }> {
  const url = await acquire(wanted)
  return { url, letGo: () => void release(wanted) }
}

/** Follows what is wanted; null: nothing is. */
export function useMediaUrl(wanted: () => Wanted | null): MediaUrl {
  let current: Wanted | null = null
  const shown: MediaUrl = shallowReactive({ url: null, state: 'loading', again })

  function again(): void {
    void show(current)
  }

  async function show(next: Wanted | null): Promise<void> {
    shown.state = 'loading'
    if (next === null) return
    try {
      const url = await acquire(next)
      if (current !== next) return
      shown.url = url
      shown.state = 'ready'
    } catch {
      if (current === next) shown.state = 'failed'
    }
  }

  function change(next: Wanted | null): void {
    const before = current
    if (before && next && keyOf(before) === keyOf(next)) return
    current = next
    if (next === null || before?.mediaId !== next.mediaId) shown.url = null
    void show(next)
    if (before) void release(before)
  }

  watch(wanted, change, { immediate: true })
  // Without a network it failed; with one it is tried again.
  const connection = useObservable(client.connection)
  watch(
    () => connection.value.name,
    (name) => name === 'online' && shown.state === 'failed' && again(),
  )
  onScopeDispose(() => change(null))
  return shown
}
