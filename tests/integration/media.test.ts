// Media over the wire (MED-1 … MED-9): bytes up by tus and down by ranges, who may and who may not, and files that mean
// harm.
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import type { ConversationId, MediaId, MediaKind, MessageOf, UploadPurpose } from '@palabre/protocol'
import { directOf, groupOf, newMediaId } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import {
  beginUpload,
  fetchMedia,
  mediaTo,
  metadataOf,
  offsetOf,
  picture,
  pixelBomb,
  sendPart,
  sha256Of,
  tus,
  uploaded,
} from '../kit/upload.ts'
import { http } from '../kit/wire.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('media on %s', (store) => {
  const world = useWorld(store, {
    UPLOAD_MAX_BYTES: '200000',
    MEDIA_QUOTA_BYTES: '500000',
    MEDIA_FREE_BYTES: '0',
  })
  const url = () => world.server.url

  /** Uploads, and shows it in a conversation. */
  async function shown(
    by: Person,
    conversationId: ConversationId,
    bytes: Uint8Array,
    kind: MediaKind = 'file',
    name?: string,
  ) {
    const upload = await uploaded(url(), by, bytes, kind, name)
    expect(upload.code).toBeNull()
    const { message } = await by.does('sendMessage', mediaTo(conversationId, kind, upload.id))
    return { id: upload.id, message: message as MessageOf<'file'> }
  }

  test('[MED-1] [MED-4] an upload that was cut off goes on where it was, and is what was sent', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const bytes = randomBytes(150_000)
    const announced = { bytes: bytes.length, purpose: 'file', name: 'walk.gpx' } as const
    const begun = await beginUpload(url(), alice, announced)
    expect([begun.status, begun.headers.get('location')]).toEqual([201, `/api/v1/uploads/${begun.id}`])
    const { id } = begun
    expect(await offsetOf(url(), alice, id)).toBe(0)
    expect((await sendPart(url(), alice, id, 0, bytes.subarray(0, 70_000))).status).toBe(204)
    // The answer was lost: what came is not taken twice, nor is it begun anew.
    expect((await sendPart(url(), alice, id, 0, bytes.subarray(0, 70_000))).status).toBe(409)
    const again = await beginUpload(url(), alice, { ...announced, id })
    expect([again.status, again.headers.get('upload-offset')]).toEqual([201, '70000'])
    expect(await offsetOf(url(), alice, id)).toBe(70_000)
    expect(await alice.refusal('sendMessage', mediaTo(conversationId, 'file', id))).toBe('UPLOAD_UNFINISHED')
    expect((await sendPart(url(), alice, id, 70_000, bytes.subarray(70_000))).status).toBe(204)
    expect(await offsetOf(url(), alice, id)).toBe(bytes.length)
    expect((await sendPart(url(), alice, id, bytes.length, randomBytes(10))).status).toBe(409)

    const input = mediaTo(conversationId, 'file', id, { text: 'Our way' })
    const { message } = await alice.does('sendMessage', input)
    expect(message).toMatchObject({
      kind: 'file',
      body: { text: 'Our way', media: { id, name: 'walk.gpx', bytes: bytes.length, hasThumbnail: false } },
    })
    expect(await alice.does('sendMessage', input)).toEqual({ message, duplicate: true })
    const fetched = await fetchMedia(url(), bob, id)
    expect([fetched.status, sha256Of(fetched.bytes)]).toEqual([200, sha256Of(bytes)])
    expect(await alice.does('getUpload', { id })).toMatchObject({ upload: { state: 'ready', code: null } })
  })

  test('[MED-1] an upload is its owner’s alone, and only POST, HEAD and PATCH are there', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const { id } = await beginUpload(url(), alice, { bytes: 10, purpose: 'file' })
    const at = `${url()}/api/v1/uploads/${id}`
    expect(await offsetOf(url(), bob, id)).toEqual({ status: 404 })
    expect((await sendPart(url(), bob, id, 0, randomBytes(10))).code).toBe('UPLOAD_NOT_FOUND')
    expect((await beginUpload(url(), bob, { bytes: 10, purpose: 'file', id })).code).toBe(
      'UPLOAD_ID_CONFLICT',
    )
    expect((await beginUpload(url(), alice, { bytes: 11, purpose: 'file', id })).code).toBe(
      'UPLOAD_ID_CONFLICT',
    )
    expect(await bob.refusal('getUpload', { id })).toBe('UPLOAD_NOT_FOUND')
    for (const method of ['GET', 'DELETE', 'PUT', 'OPTIONS']) {
      for (const by of [alice, bob]) expect((await tus(method, at, { token: by.token })).status).toBe(404)
    }
    for (const method of ['HEAD', 'PATCH']) expect((await tus(method, at)).status).toBe(401)
    expect((await tus('POST', `${url()}/api/v1/uploads`)).status).toBe(401)
    await sendPart(url(), alice, id, 0, randomBytes(10))
    const conversationId = await directOf(alice, bob)
    expect(await bob.refusal('sendMessage', mediaTo(conversationId, 'file', id))).toBe('UPLOAD_NOT_FOUND')
    expect(await bob.refusal('sendMessage', mediaTo(conversationId, 'file', newMediaId()))).toBe(
      'UPLOAD_NOT_FOUND',
    )
  })

  test('[MED-3] what is too long, too much or badly announced does not begin', async () => {
    const { alice } = await world.accounts('alice')
    const begin = async (bytes: number) => (await beginUpload(url(), alice, { bytes, purpose: 'file' })).code
    expect(await begin(200_001)).toBe('UPLOAD_TOO_LARGE')
    expect([await begin(200_000), await begin(200_000), await begin(100_001)]).toEqual([
      null,
      null,
      'QUOTA_EXCEEDED',
    ])
    const id = newMediaId()
    const good = metadataOf({ id, purpose: 'file' })
    const headers: Record<string, string>[] = [
      { 'Upload-Metadata': good },
      { 'Upload-Defer-Length': '1', 'Upload-Metadata': good },
      { 'Upload-Length': '-1', 'Upload-Metadata': good },
      { 'Upload-Length': '1e3', 'Upload-Metadata': good },
      { 'Upload-Length': '10' },
      { 'Upload-Length': '10', 'Upload-Metadata': metadataOf({ id: '../../etc', purpose: 'file' }) },
      { 'Upload-Length': '10', 'Upload-Metadata': metadataOf({ id, purpose: 'script' }) },
      { 'Upload-Length': '10', 'Upload-Metadata': `${good},extra eA==` },
      {
        'Upload-Length': '10',
        'Upload-Metadata': metadataOf({ id, purpose: 'file', name: 'n'.repeat(10_000) }),
      },
      { 'Upload-Length': '10', 'Upload-Metadata': '__proto__ eA==' },
    ]
    for (const one of headers) {
      const answer = await tus('POST', `${url()}/api/v1/uploads`, { token: alice.token, headers: one })
      expect([one, answer.status, answer.code]).toEqual([one, 400, 'INVALID'])
    }
    // More than was announced is not taken.
    const { bob } = await world.accounts('bob')
    const small = await beginUpload(url(), bob, { bytes: 10, purpose: 'file' })
    expect((await sendPart(url(), bob, small.id, 0, randomBytes(11))).status).toBe(413)
    expect(await offsetOf(url(), bob, small.id)).toBe(0)
  })

  test('[MED-4] a photograph is drawn anew: upright, small and blurred too, and without its place', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const photo = await picture(900, 600, (image) =>
      image
        .withExif({ IFD0: { Copyright: 'Alice Arnaud' }, IFD3: { GPSLatitude: '48/1 51/1 24/1' } })
        .withMetadata({ orientation: 6 })
        .jpeg(),
    )
    expect((await sharp(photo).metadata()).orientation).toBe(6)
    const { id, message } = await shown(alice, conversationId, photo, 'image', 'IMG_1.HEIC')
    expect(message.body.media).toMatchObject({
      contentType: 'image/jpeg',
      width: 600,
      height: 900,
      hasThumbnail: true,
    })
    const whole = await fetchMedia(url(), bob, id)
    const drawn = await sharp(whole.bytes).metadata()
    expect([drawn.width, drawn.height, drawn.orientation, drawn.exif]).toEqual([
      600,
      900,
      undefined,
      undefined,
    ])
    expect(whole.bytes.includes('Arnaud')).toBe(false)
    expect(whole.headers.get('content-type')).toBe('image/jpeg')
    const small = await fetchMedia(url(), bob, id, { part: 'thumbnail' })
    expect(small.headers.get('content-type')).toBe('image/webp')
    expect((await sharp(small.bytes).metadata()).height).toBe(640)
    const tiny = Buffer.from(message.body.media?.placeholder ?? '', 'base64')
    expect([(await sharp(tiny).metadata()).height, tiny.length < 600]).toEqual([16, true])
  })

  test('[MED-4] what is not what it is to become is refused for good, and its bytes are gone', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const jpeg = await picture()
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    const cases: [UploadPurpose, Uint8Array, string][] = [
      ['image', svg, 'MEDIA_TYPE_WRONG'],
      ['image', Buffer.from('<html><script>alert(1)</script>'), 'MEDIA_TYPE_WRONG'],
      ['image', Buffer.from('%PDF-1.7 <script>'), 'MEDIA_TYPE_WRONG'],
      ['video', jpeg, 'MEDIA_TYPE_WRONG'],
      ['voice', jpeg, 'MEDIA_TYPE_WRONG'],
      ['photo', svg, 'MEDIA_TYPE_WRONG'],
      ['image', await picture(20, 20, (image) => image.tiff()), 'MEDIA_TYPE_WRONG'],
      ['image', pixelBomb(30_000), 'MEDIA_UNREADABLE'],
      ['photo', pixelBomb(15_000), 'MEDIA_UNREADABLE'],
      ['image', jpeg.subarray(0, jpeg.length >> 1), 'MEDIA_UNREADABLE'],
      ['image', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'MEDIA_UNREADABLE'],
    ]
    for (const [purpose, bytes, code] of cases) {
      const upload = await uploaded(url(), alice, bytes, purpose, 'holiday.jpg')
      expect([purpose, upload.code]).toEqual([purpose, code])
      expect((await beginUpload(url(), alice, { bytes: bytes.length, purpose, id: upload.id })).code).toBe(
        code,
      )
      expect(await alice.does('getUpload', { id: upload.id })).toMatchObject({
        upload: { state: 'refused', code, media: null },
      })
      if (purpose === 'image')
        expect(await alice.refusal('sendMessage', mediaTo(conversationId, 'image', upload.id))).toBe(code)
      expect(readdirSync(join(world.server.dataDir, 'uploads'))).not.toContain(upload.id)
    }
    // What is shown as one kind was brought as that kind.
    const file = await uploaded(url(), alice, jpeg, 'file')
    expect(await alice.refusal('sendMessage', mediaTo(conversationId, 'image', file.id))).toBe(
      'MEDIA_TYPE_WRONG',
    )
  })

  test('[MED-9] what could run is saved, never shown, whatever it is called and whatever else it is', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const html = Buffer.from('<html><body><script>alert(document.cookie)</script>')
    const both = Buffer.concat([await picture(), html])
    const names = [
      ['page.png', html],
      ['a"\r\nX-Evil: 1.html', html],
      ['../../../etc/passwd', html],
      ['..\\..\\boot.ini', html],
      [`\u202Egnp.exe`, html],
      ['é'.repeat(900), html],
      ['drawing.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
      ['both.jpg', both],
    ] as const
    for (const [name, bytes] of names) {
      const { id, message } = await shown(alice, conversationId, bytes, 'file', name)
      const kept = message.body.media?.name ?? ''
      expect(kept).not.toMatch(/[\\/\r\n"\u202E]|^\./u)
      expect([...kept].length).toBeLessThanOrEqual(200)
      const { headers } = await fetchMedia(url(), bob, id)
      expect(headers.get('content-type')).toBe('application/octet-stream')
      expect(headers.get('content-disposition')).toMatch(
        /^attachment; filename="[^"\r\n]*"; filename\*=UTF-8''[\w.%~!$&+^`|-]*$/u,
      )
      expect(headers.get('x-evil')).toBeNull()
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; sandbox; frame-ancestors 'none'",
      )
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    }
    // Drawn anew, a picture that was something else as well is only a picture.
    const { id } = await shown(alice, conversationId, both, 'image')
    expect((await fetchMedia(url(), bob, id)).bytes.includes('script')).toBe(false)
  })

  test('[MED-6] [MED-7] present members fetch what they may see; strangers, removed and later ones find nothing', async () => {
    const { alice, bob, carol, dave } = await world.accounts('alice', 'bob', 'carol', 'dave')
    const conversationId = await groupOf(alice, bob)
    const { id, message } = await shown(alice, conversationId, await picture(), 'image')
    const status = async (by: Person | null, headers = {}) =>
      (await fetchMedia(url(), by, id, { headers })).status
    const etag = (await fetchMedia(url(), bob, id)).headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/u)
    expect([await status(alice), await status(bob), await status(carol), await status(null)]).toEqual([
      200, 200, 404, 401,
    ])
    expect(await status(bob, { 'If-None-Match': etag })).toBe(304)
    await alice.does('addMembers', { conversationId, userIds: [carol.id] })
    expect(await status(carol)).toBe(404)
    await alice.does('removeMember', { conversationId, userId: bob.id })
    for (const headers of [{}, { 'If-None-Match': etag }, { Range: 'bytes=0-1' }])
      expect(await status(bob, headers)).toBe(404)
    expect((await fetchMedia(url(), bob, id, { part: 'thumbnail' })).status).toBe(404)
    expect((await fetchMedia(url(), bob, newMediaId())).status).toBe(404)
    // Forwarded by who may see it, it is seen there; and no longer than the message is.
    const other = await directOf(alice, dave)
    expect(await bob.refusal('sendMessage', mediaTo(await directOf(bob, dave), 'image', id))).toBe(
      'UPLOAD_NOT_FOUND',
    )
    const { message: forwarded } = await alice.does('sendMessage', {
      ...mediaTo(other, 'image', id),
      hops: 1,
    })
    expect(await status(dave)).toBe(200)
    await alice.does('deleteMessage', { conversationId, id: message.id })
    const gone = await alice.does('deleteMessage', { conversationId: other, id: forwarded!.id })
    expect(gone.message.body).toEqual({ text: '', media: null, albumId: null })
    expect([await status(dave), await status(alice)]).toEqual([404, 404])
  })

  test('[MED-7] one range at a time, as players ask for them', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const bytes = randomBytes(1_000)
    const { id } = await shown(alice, await directOf(alice, bob), bytes)
    const ask = (range: string, more = {}) =>
      fetchMedia(url(), bob, id, { headers: { Range: range, ...more } })
    for (const [range, from, to] of [
      ['bytes=0-0', 0, 1],
      ['bytes=10-19', 10, 20],
      ['bytes=990-', 990, 1_000],
      ['bytes=-5', 995, 1_000],
      ['bytes=-5000', 0, 1_000],
      ['bytes=0-99999', 0, 1_000],
    ] as const) {
      const { status, headers, bytes: part } = await ask(range)
      expect([range, status, part.equals(bytes.subarray(from, to))]).toEqual([range, 206, true])
      expect(headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/1000`)
    }
    for (const range of ['bytes=1000-', 'bytes=-0']) expect((await ask(range)).status).toBe(416)
    for (const range of ['bytes=0-1,5-6', 'lines=1-2', 'bytes=5-4', 'bytes=-'])
      expect([range, (await ask(range)).status]).toEqual([range, 200])
    expect((await ask('bytes=0-1', { 'If-Range': '"other"' })).status).toBe(200)
    const head = await fetchMedia(url(), bob, id, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), head.bytes.length]).toEqual([200, '1000', 0])
    const nothing = await shown(alice, await directOf(alice, bob), Buffer.alloc(0))
    expect((await fetchMedia(url(), bob, nothing.id)).bytes.length).toBe(0)
  })

  test('[MED-7] a page fetches by its cookie, which is good for media alone and for this session', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const { id } = await shown(alice, await directOf(alice, bob), randomBytes(10))
    const opened = await http('POST', `${url()}/api/v1/auth/media`, { token: bob.token, body: {} })
    const set = opened.headers.get('set-cookie') ?? ''
    expect(set).toMatch(
      /^__Host-palabre_media=[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=900$/u,
    )
    const Cookie = set.split(';')[0] ?? ''
    const get = async (headers: Record<string, string>) =>
      (await fetchMedia(url(), null, id, { headers })).status
    expect(await get({ Cookie, 'Sec-Fetch-Site': 'same-origin' })).toBe(200)
    expect(await get({ Cookie })).toBe(200)
    expect(await get({ Cookie, 'Sec-Fetch-Site': 'cross-site' })).toBe(401)
    expect(await get({ Cookie, Origin: 'https://elsewhere.example' })).toBe(401)
    expect(await get({ Cookie: `${Cookie}x` })).toBe(401)
    expect(await get({})).toBe(401)
    const pass = Cookie.split('=')[1] ?? ''
    expect((await http('GET', `${url()}/api/v1/me`, { token: pass })).status).toBe(401)
    expect(await get({ Authorization: `Bearer ${pass}` })).toBe(401)
    expect(await get({ Cookie: `__Host-palabre_media=${bob.token}` })).toBe(401)
    const left = await http('POST', `${url()}/api/v1/auth/logout`, {
      token: bob.token,
      body: {},
      headers: { Cookie },
    })
    expect(left.headers.getSetCookie().some((one) => one.startsWith('__Host-palabre_media=;'))).toBe(true)
    expect(await get({ Cookie })).toBe(401)
  })

  test('[MED-2] a video has the poster that its sender brought, and the lengths that they say', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const poster = await uploaded(url(), alice, await picture(), 'poster')
    const film = Buffer.concat([Buffer.from('0000001866747970697')]).fill(0)
    film.write('\0\0\0\x18ftypisom\0\0\0\0isom', 0, 'latin1')
    const video = await uploaded(url(), alice, film, 'video', 'film.mp4')
    expect(video.code).toBeNull()
    const input = mediaTo(conversationId, 'video', video.id, { posterId: poster.id, durationMs: 1_500 })
    const { message } = await alice.does('sendMessage', input)
    expect(message).toMatchObject({
      body: { media: { contentType: 'video/mp4', durationMs: 1_500, hasThumbnail: true } },
    })
    expect((await fetchMedia(url(), bob, video.id, { part: 'thumbnail' })).status).toBe(200)
    expect((await fetchMedia(url(), bob, poster.id)).status).toBe(404)
    const gallery = async (what: 'shown' | 'files') =>
      (await bob.does('listMedia', { conversationId, what })).messages.map(({ id }) => id)
    expect([await gallery('shown'), await gallery('files')]).toEqual([[input.id], []])
  })

  test('[MED-7] a photo is seen by who sees the person or the group, and the one before it is not', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const photo = async (by: Person) => (await uploaded(url(), by, await picture(900, 700), 'photo')).id
    const [first, second] = [await photo(alice), await photo(alice)]
    expect((await alice.does('setPhoto', { mediaId: first })).user.avatarId).toBe(first)
    const seen = async (by: Person, id: MediaId) => (await fetchMedia(url(), by, id)).status
    expect(await seen(bob, first)).toBe(200)
    const { width, height } = await sharp((await fetchMedia(url(), bob, first)).bytes).metadata()
    expect(width).toBe(height)
    const small = await fetchMedia(url(), bob, first, { part: 'thumbnail' })
    expect((await sharp(small.bytes).metadata()).width).toBe(128)
    await alice.does('setPhoto', { mediaId: second })
    expect([await seen(bob, first), await seen(bob, second)]).toEqual([404, 200])
    await alice.does('setPhoto', { mediaId: null })
    expect(await seen(bob, second)).toBe(404)
    expect(await bob.refusal('setPhoto', { mediaId: second })).toBe('UPLOAD_NOT_FOUND')

    const conversationId = await groupOf(alice, bob)
    const ours = await photo(alice)
    const { conversation } = await alice.does('setConversationPhoto', { conversationId, mediaId: ours })
    expect(conversation).toMatchObject({
      avatarId: ours,
      lastMessage: { kind: 'system', body: { event: 'photo_changed', avatarId: ours } },
    })
    expect([await seen(bob, ours), await seen(carol, ours)]).toEqual([200, 404])
    const refusal = await bob.refusal('setConversationPhoto', { conversationId, mediaId: await photo(bob) })
    expect(refusal).toBe('ROLE_REQUIRED')
  })
})
