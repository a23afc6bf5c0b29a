// What messages show besides text: how far a file that goes up is, the bytes of what still waits here, what the server
// keeps (fetched with this session's token), the media of a conversation, and photos of people and groups.
// Sending is `messages.ts`; keeping what was fetched is the interface's affair.
import { v7 } from 'uuid'
import { PalabreError, type ConversationId, type MediaId } from '@palabre/protocol'
import type { Client } from '../api.ts'
import { answerError, apiBase, unreachable } from '../connection/http.ts'
import type { Tokens } from '../connection/tokens.ts'
import type { Engine } from '../engine.ts'

export function createMedia(
  engine: Engine,
  options: { url: string; tokens: Pick<Tokens, 'fresh' | 'renew'> },
): Client['media'] {
  const { connection, outbox, uploads, replica } = engine
  const { tokens } = options
  const base = apiBase(options.url)

  async function fetched(path: string, token: string, signal: AbortSignal | undefined): Promise<Response> {
    try {
      return await fetch(base + path, {
        headers: { authorization: `Bearer ${token}` },
        credentials: 'omit',
        ...(signal === undefined ? {} : { signal }),
      })
    } catch (cause) {
      throw unreachable(cause)
    }
  }

  async function get(path: string, signal?: AbortSignal): Promise<Response> {
    let response = await fetched(path, await tokens.fresh(), signal)
    if (response.status === 401) response = await fetched(path, await tokens.renew(), signal)
    if (response.ok) return response
    throw answerError(response.status, await response.text().catch(() => ''))
  }

  /** A photo that one chooses goes up at once: it belongs to no message that could wait. */
  async function uploadPhoto(photo: Blob): Promise<MediaId> {
    const id = v7() as MediaId
    const { transfer } = await import('../outbox/tus-transfer.ts')
    await transfer({
      endpoint: `${base}/uploads`,
      upload: { id, purpose: 'photo', name: 'photo', url: null },
      bytes: photo,
      token: tokens.fresh,
      onPlace: () => undefined,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    })
    return id
  }

  return {
    progress: uploads.progress,

    async waiting(id, messageId, part = 'media') {
      const entry = outbox.entriesOf(id).find((one) => one.messageId === messageId && one.uploads)
      const index = entry?.uploads?.findIndex(({ purpose }) => (purpose === 'poster') === (part === 'poster'))
      if (!entry || index === undefined || index < 0) return null
      return await replica.inCache((cache) => cache.file(entry.order, index))
    },

    async cancel(id, messageId) {
      if (await outbox.cancel(id, messageId)) return true
      const entries = outbox.entriesOf(id)
      const isFailed = entries.some((entry) => entry.messageId === messageId && entry.failed !== null)
      if (isFailed) await outbox.discard(id, messageId)
      return isFailed
    },

    url: (mediaId, part = 'media') => base + pathOf(mediaId, part),

    async fetch(mediaId, part = 'media', signal) {
      const response = await get(pathOf(mediaId, part), signal)
      try {
        return await response.blob()
      } catch (cause) {
        throw unreachable(cause)
      }
    },

    newAlbumId: () => v7(),

    async open() {
      return (await connection.call('openMedia', {})).expiresAt
    },

    list: (id, what, before) =>
      connection.call('listMedia', {
        conversationId: id,
        what,
        ...(before === undefined ? {} : { before }),
      }),

    async setPhoto(photo) {
      const mediaId = photo === null ? null : await uploadPhoto(photo)
      const { user } = await connection.call('setPhoto', { mediaId })
      replica.setMe(user)
    },

    async setConversationPhoto(id: ConversationId, photo) {
      const mediaId = photo === null ? null : await uploadPhoto(photo)
      await connection.call('setConversationPhoto', { conversationId: id, mediaId })
    },
  }
}

function pathOf(mediaId: string, part: 'media' | 'thumbnail'): string {
  if (mediaId === '') throw new PalabreError('NOT_FOUND')
  return `/media/${encodeURIComponent(mediaId)}${part === 'thumbnail' ? '/thumbnail' : ''}`
}
