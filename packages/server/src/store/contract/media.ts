// The contract of uploads, media and the blobs that they speak for.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { v7 } from 'uuid'
import type { ConversationId, MediaId, MessageId, User } from '@palabre/protocol'
import type { BlobId } from '../../blobs/port.ts'
import type { MediaFound, NewMedia } from '../port/media.ts'
import type { Store } from '../port/store.ts'
import { direct, expectRefusal, group, happen, person, say, start, upTo, type StoreOf } from './kit.ts'

const bounds = { unfinished: 3, bytes: 1_000 }
const newBlobId = () => createHash('sha256').update(v7()).digest('hex') as BlobId

function uploadOf(owner: User, given: Partial<NewMedia> = {}): NewMedia {
  return {
    id: v7() as MediaId,
    ownerId: owner.id,
    purpose: 'image',
    name: 'a.jpg',
    declaredBytes: 100,
    now: start,
    ...given,
  }
}

function foundOf(given: Partial<MediaFound> = {}): MediaFound {
  return {
    blobId: newBlobId(),
    bytes: 80,
    contentType: 'image/jpeg',
    width: 4,
    height: 3,
    placeholder: 'AAAA',
    thumbId: newBlobId(),
    ...given,
  }
}

export function mediaContract(storeOf: StoreOf): void {
  const ready = async (store: Store, owner: User, found = foundOf()) => {
    const { id } = await store.media.begin(uploadOf(owner), bounds)
    await store.media.settle(id, { found }, start + 1)
    return id
  }

  const show = (store: Store, by: User, conversationId: ConversationId, id: MediaId) =>
    say(store, by, conversationId, '', {
      content: {
        kind: 'image',
        body: {
          text: 'Look',
          albumId: null,
          media: {
            id,
            contentType: 'image/jpeg',
            bytes: 80,
            name: 'a.jpg',
            width: 4,
            height: 3,
            durationMs: null,
            waveform: null,
            placeholder: null,
            hasThumbnail: true,
          },
        },
      },
    })

  const takeBack = (store: Store, by: User, conversationId: ConversationId, id: MessageId) =>
    store.log.change({ conversationId, id, userId: by.id, opId: null, movesBody: true }, (message) =>
      message.kind === 'image'
        ? { ...message, body: { text: '', media: null, albumId: null }, deletedAt: start }
        : message,
    )

  describe('media', () => {
    test('[MED-1] begun twice it is one; begun otherwise, or by another, it is refused', async () => {
      const { media } = storeOf()
      const [alice, bob] = [await person(storeOf()), await person(storeOf())]
      const upload = uploadOf(alice)
      const both = await Promise.all(upTo(5).map(() => media.begin(upload, bounds)))
      for (const row of both) expect(row).toEqual(both[0])
      expect(await media.byId(upload.id)).toEqual(both[0])
      expect(both[0]).toMatchObject({ state: 'arriving', found: null, createdAt: start, name: 'a.jpg' })
      for (const other of [{ ownerId: bob.id }, { purpose: 'file' as const }, { declaredBytes: 99 }])
        await expectRefusal(media.begin({ ...upload, ...other }, bounds), 'UPLOAD_ID_CONFLICT')
      expect(await media.byId(v7() as MediaId)).toBeNull()
    })

    test('[MED-3] so many may be unfinished, and so many bytes are one person’s', async () => {
      const { media } = storeOf()
      const [alice, bob] = [await person(storeOf()), await person(storeOf())]
      const ids = []
      for (const _ of upTo(3)) ids.push((await media.begin(uploadOf(alice), bounds)).id)
      await expectRefusal(media.begin(uploadOf(alice), bounds), 'UPLOADS_TOO_MANY')
      await media.begin(uploadOf(bob), bounds)
      const [one, two, three] = ids
      if (one === undefined || two === undefined || three === undefined) throw new Error('unreachable')
      // What was refused weighs nothing; what is ready weighs what it is, not what was said.
      await media.settle(one, { code: 'MEDIA_UNREADABLE' }, start)
      await media.settle(two, { found: foundOf({ bytes: 500 }) }, start)
      await media.begin(uploadOf(alice, { declaredBytes: 400 }), bounds)
      await media.settle(three, { found: foundOf({ bytes: 100 }) }, start)
      await expectRefusal(media.begin(uploadOf(alice, { declaredBytes: 1 }), bounds), 'QUOTA_EXCEEDED')
    })

    test('[MED-4] its end is said once', async () => {
      const { media } = storeOf()
      const { id } = await media.begin(uploadOf(await person(storeOf())), bounds)
      const found = foundOf()
      const row = await media.settle(id, { found }, start + 1)
      expect(row).toMatchObject({ state: 'ready', found, touchedAt: start + 1 })
      expect(await media.settle(id, { code: 'INTERNAL' }, start + 2)).toEqual(row)
      expect(await media.settle(v7() as MediaId, { found }, start)).toBeNull()
      const poster = newBlobId()
      await media.setThumb(id, poster)
      expect(await media.byId(id)).toEqual({ ...row, found: { ...found, thumbId: poster } })
    })

    test('[MED-7] it is shown to who may see a message that shows it, as long as they may', async () => {
      const store = storeOf()
      const [alice, bob, late, stranger] = await Promise.all(upTo(4).map(() => person(store)))
      if (!alice || !bob || !late || !stranger) throw new Error('unreachable')
      const id = await ready(store, alice)
      const isShown = (user: User, now = start) => store.media.isShownTo(user.id, id, now)
      expect(await isShown(alice)).toBe(false)
      const groupId = await group(store, alice, [bob])
      const message = await show(store, alice, groupId, id)
      expect([await isShown(alice), await isShown(bob), await isShown(stranger)]).toEqual([true, true, false])
      await happen(store, alice, groupId, { event: 'members_added', userIds: [late.id] })
      expect(await isShown(late)).toBe(false)
      await happen(store, alice, groupId, { event: 'member_removed', userId: bob.id })
      expect(await isShown(bob)).toBe(false)
      // Forwarded, it is seen there.
      const other = await direct(store, alice, stranger)
      await show(store, alice, other, id)
      expect(await isShown(stranger)).toBe(true)
      await takeBack(store, alice, groupId, message.id)
      expect([await isShown(late), await isShown(alice)]).toEqual([false, true])
    })

    test('[DIS-2] what has expired shows nothing', async () => {
      const store = storeOf()
      const alice = await person(store)
      const id = await ready(store, alice)
      const groupId = await group(store, alice, [])
      const message = await show(store, alice, groupId, id)
      const target = {
        conversationId: groupId,
        id: message.id,
        userId: alice.id,
        opId: null,
        movesBody: false,
      }
      await store.log.change(target, (now) => ({ ...now, expiresAt: start + 10 }))
      expect(await store.media.isShownTo(alice.id, id, start + 9)).toBe(true)
      expect(await store.media.isShownTo(alice.id, id, start + 10)).toBe(false)
    })

    test('[MED-5] dropped is only what nothing shows and nobody has touched', async () => {
      const store = storeOf()
      const alice = await person(store)
      const groupId = await group(store, alice, [])
      const [unused, shown] = [await ready(store, alice), await ready(store, alice)]
      const message = await show(store, alice, groupId, shown)
      expect(await store.media.drop(unused, start + 1)).toBe(false)
      expect((await store.media.claim(unused, start + 50))?.touchedAt).toBe(start + 50)
      expect(await store.media.drop(unused, start + 50)).toBe(false)
      expect(await store.media.drop(unused, start + 51)).toBe(true)
      expect(await store.media.byId(unused)).toBeNull()
      expect(await store.media.claim(unused, start)).toBeNull()
      expect(await store.media.drop(shown, start + 1_000)).toBe(false)
      await takeBack(store, alice, groupId, message.id)
      expect(await store.media.drop(shown, start + 1_000)).toBe(true)
    })

    test('[MED-5] a photo stays as long as it is one', async () => {
      const store = storeOf()
      const alice = await person(store)
      const groupId = await group(store, alice, [])
      const [mine, ours] = [await ready(store, alice), await ready(store, alice)]
      await store.media.setHolder(mine, { userId: alice.id })
      await store.media.setHolder(ours, { conversationId: groupId })
      expect(await store.users.update(alice.id, { avatarId: mine })).toMatchObject({ avatarId: mine })
      await happen(store, alice, groupId, { event: 'photo_changed', avatarId: ours })
      expect((await store.conversations.byId(groupId))?.header.avatarId).toBe(ours)
      expect([await store.media.drop(mine, start + 99), await store.media.drop(ours, start + 99)]).toEqual([
        false,
        false,
      ])
      expect((await store.users.update(alice.id, { avatarId: null }))?.avatarId).toBeNull()
      await happen(store, alice, groupId, { event: 'photo_changed', avatarId: null })
      expect((await store.users.byId(alice.id))?.avatarId).toBeNull()
      expect([await store.media.drop(mine, start + 99), await store.media.drop(ours, start + 99)]).toEqual([
        true,
        true,
      ])
    })

    test('[MED-5] a blob is condemned only when no medium names it and nobody has just spoken for it', async () => {
      const { media } = storeOf()
      const alice = await person(storeOf())
      const found = foundOf()
      for (const id of [found.blobId, found.thumbId as BlobId])
        expect(await media.reserve(id, start)).toBe(true)
      const id = await ready(storeOf(), alice, found)
      expect(await media.condemn(found.blobId, start + 9)).toBe(false)
      expect(await media.condemn(found.thumbId as BlobId, start + 9)).toBe(false)
      await media.drop(id, start + 9)
      expect(await media.reserve(found.blobId, start + 20)).toBe(true)
      expect(await media.condemn(found.blobId, start + 20)).toBe(false)
      expect(await media.condemn(found.blobId, start + 21)).toBe(true)
      // Whoever brings the same bytes now has to wait until they are gone.
      expect(await media.reserve(found.blobId, start + 30)).toBe(false)
      expect(await media.blobs(null, 1_000)).toContainEqual({ id: found.blobId, isCondemned: true })
      await media.forget(found.blobId)
      expect(await media.reserve(found.blobId, start + 30)).toBe(true)
      expect(await media.condemn(newBlobId(), start)).toBe(false)
    })

    test('[MED-8] the gallery of a conversation has what shows media, newest first, from where one joined', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const groupId = await group(store, alice, [])
      const ids = [await ready(store, alice), await ready(store, alice), await ready(store, alice)]
      const shown = []
      for (const id of ids) {
        shown.push(await show(store, alice, groupId, id))
        await say(store, alice, groupId, 'between')
      }
      const seqs = shown.map(({ seq }) => seq).reverse()
      const gallery = async (before: number | null, from = 1, limit = 10) =>
        (await store.log.gallery(groupId, ['image', 'video'], before, from, limit)).map(({ seq }) => seq)
      expect(await gallery(null)).toEqual(seqs)
      expect(await gallery(null, 1, 2)).toEqual(seqs.slice(0, 2))
      expect(await gallery(seqs[0] ?? 0)).toEqual(seqs.slice(1))
      expect(await gallery(null, seqs[1])).toEqual(seqs.slice(0, 2))
      expect(await store.log.gallery(groupId, ['file'], null, 1, 10)).toEqual([])
      const [first] = shown
      if (first === undefined) throw new Error('unreachable')
      await takeBack(store, alice, groupId, first.id)
      expect(await gallery(null)).toEqual(seqs.slice(0, 2))
      expect(await store.log.gallery(await direct(store, alice, bob), ['image'], null, 1, 10)).toEqual([])
    })

    test('pages go through all in the order of ids', async () => {
      const store = storeOf()
      const alice = await person(store)
      const mine = [await ready(store, alice), await ready(store, alice), await ready(store, alice)]
      const seen: MediaId[] = []
      for (let after: MediaId | null = null; ;) {
        const page = await store.media.page(after, 2)
        seen.push(...page.map(({ id }) => id))
        const last = page.at(-1)
        if (last === undefined) break
        after = last.id
      }
      expect(seen).toEqual([...new Set(seen)].sort())
      expect(seen.filter((id) => mine.includes(id))).toEqual(mine)
    })
  })
}
