// Media as operations: what has become of an upload, the pass by which a browser fetches, the gallery of a conversation,
// photos of people and groups (MED-4, MED-7). Bytes are the transport's.
import { PalabreError, type MediaKind } from '@palabre/protocol'
import { conversationOf, isSeen, needRight, reading } from '../core/access.ts'
import type { Handlers } from '../core/handlers.ts'
import { tellProfile } from '../core/people.ts'

const kindsOf = {
  shown: ['image', 'video'],
  heard: ['voice', 'audio'],
  files: ['file'],
} as const satisfies Record<string, readonly MediaKind[]>

export const media = {
  async getUpload(ctx, { id }) {
    const row = await ctx.media.uploadOf(ctx.userId, id)
    const { purpose, state, code } = row
    return { upload: { id, purpose, state, code, media: ctx.media.facts(row) } }
  },

  async openMedia(ctx) {
    const { pass, expiresAt } = await ctx.tokens.mediaPass(ctx.userId, ctx.sessionId)
    ctx.cookie?.writeMedia(pass)
    return { expiresAt }
  },

  async listMedia(ctx, { conversationId, what, before, limit }) {
    return reading(ctx, conversationId, async (viewer) => {
      const found = await ctx.store.log.gallery(
        conversationId,
        kindsOf[what],
        before ?? null,
        viewer.fromSeq,
        limit + 1,
      )
      const messages = found.slice(0, limit).filter((message) => isSeen(viewer, message, ctx.now()))
      return { messages, hasMore: found.length > limit }
    })
  },

  async setPhoto(ctx, { mediaId }) {
    if (mediaId !== null) await ctx.media.photo(ctx.userId, mediaId, { userId: ctx.userId })
    const before = await ctx.store.users.byId(ctx.userId)
    const user = await ctx.store.users.update(ctx.userId, { avatarId: mediaId })
    if (user === null) throw new PalabreError('USER_NOT_FOUND')
    if (user.rev !== before?.rev) await tellProfile(ctx, user)
    return { user }
  },

  async setConversationPhoto(ctx, { conversationId, mediaId }) {
    await needRight(ctx, conversationId, 'edit')
    if (mediaId !== null) await ctx.media.photo(ctx.userId, mediaId, { conversationId })
    await ctx.log.append(ctx, {
      conversationId,
      content: { kind: 'system', body: { event: 'photo_changed', avatarId: mediaId } },
    })
    return { conversation: await conversationOf(ctx, conversationId) }
  },
} satisfies Partial<Handlers>
