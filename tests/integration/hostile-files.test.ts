// Files that are two things at once, grow when they are opened, or bear names that do harm (MED-4, MED-9): whatever is
// shown was drawn anew, whatever is not is handed out as a file to save, byte by byte, and nothing is ever unpacked.
import { deflateRawSync, deflateSync, crc32 } from 'node:zlib'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import type { ConversationId, MediaKind, MessageOf } from '@palabre/protocol'
import { directOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { beginUpload, fetchMedia, mediaTo, picture, sha256Of, uploaded } from '../kit/upload.ts'
import { useWorld } from '../kit/world.ts'

const script = Buffer.from('<html><body><script>alert(document.cookie)</script></body></html>')
const tryToRun = /script|alert/u

const gif = () => picture(20, 20, (image) => image.gif())
const png = () => picture(20, 20, (image) => image.png())

/** A GIF that is a program too: its width and height, read as text, open a comment that the end closes. */
async function gifAndScript(): Promise<Buffer> {
  return Buffer.concat([await gif(), Buffer.from('*/=1;alert(1)//<script>')])
}

/** HTML in a comment inside the picture, and after it. */
async function jpegAndPage(): Promise<Buffer> {
  const jpeg = await picture()
  const length = Buffer.alloc(2)
  length.writeUInt16BE(script.length + 2)
  return Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from([0xff, 0xfe]),
    length,
    script,
    jpeg.subarray(2),
    script,
  ])
}

/** A text in a PNG that is 32 MiB when it is inflated. */
async function pngWithBomb(): Promise<Buffer> {
  const whole = await png()
  const data = Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), deflateSync(Buffer.alloc(32 << 20))])
  const named = Buffer.concat([Buffer.from('zTXt', 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(named))
  const header = 8 + 25
  return Buffer.concat([whole.subarray(0, header), length, named, sum, whole.subarray(header)])
}

/** One file of 64 MiB of nothing, in 64 kB. */
function zipBomb(): Buffer {
  const inside = Buffer.alloc(64 << 20)
  const packed = deflateRawSync(inside)
  const name = Buffer.from('../../zeros')
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(20, 0)
  fields.writeUInt16LE(8, 4)
  fields.writeUInt32LE(crc32(inside), 10)
  fields.writeUInt32LE(packed.length, 14)
  fields.writeUInt32LE(inside.length, 18)
  fields.writeUInt16LE(name.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, name, packed])
  const entry = Buffer.concat([
    Buffer.from('PK\x01\x02\x14\0', 'latin1'),
    fields.subarray(0, 24),
    Buffer.alloc(16),
    name,
  ])
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(entry.length, 12)
  end.writeUInt32LE(local.length, 16)
  return Buffer.concat([local, entry, end])
}

/** As players know it by its first box, with a page in the second. */
function videoAndPage(): Buffer {
  const box = (type: string, data: Buffer) => {
    const size = Buffer.alloc(4)
    size.writeUInt32BE(data.length + 8)
    return Buffer.concat([size, Buffer.from(type, 'latin1'), data])
  }
  return Buffer.concat([
    box('ftyp', Buffer.from('isom\0\0\x02\0isomiso2mp41', 'latin1')),
    box('free', script),
  ])
}

const pdfAndPage = Buffer.concat([Buffer.from('%PDF-1.7\n'), script, Buffer.from('\n%%EOF')])
// The line that every virus scanner knows, in two halves, so that none takes this file away.
const knownToScanners = Buffer.from(
  'X5O!P%@AP[4\\PZX54(P^)7CC)7}$' + 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*',
)

onEachStore('hostile files on %s', { only: ['sqlite'] }, (store) => {
  const world = useWorld(store, { MEDIA_FREE_BYTES: '0' })
  const url = () => world.server.url

  async function shown(
    by: Person,
    conversationId: ConversationId,
    bytes: Uint8Array,
    kind: MediaKind,
    name: string,
  ) {
    const upload = await uploaded(url(), by, bytes, kind, name)
    expect([name, upload.code]).toEqual([name, null])
    const { message } = await by.does('sendMessage', mediaTo(conversationId, kind, upload.id))
    return { id: upload.id, name: (message as MessageOf<'file'>).body.media?.name ?? '' }
  }

  test('[MED-4] a picture that is something else as well is only a picture once it is there', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    const both = [
      ['both.gif', await gifAndScript()],
      ['both.jpg', await jpegAndPage()],
      ['bomb.png', await pngWithBomb()],
    ] as const
    for (const [name, bytes] of both) {
      const media = await shown(alice, id, bytes, 'image', name)
      for (const part of [undefined, 'thumbnail'] as const) {
        const fetched = await fetchMedia(url(), bob, media.id, part === undefined ? {} : { part })
        expect([name, fetched.status, fetched.headers.get('content-type')]).toEqual([
          name,
          200,
          expect.stringMatching(/^image\/(gif|jpeg|png|webp)$/u),
        ])
        expect([name, tryToRun.test(fetched.bytes.toString('latin1'))]).toEqual([name, false])
        expect((await sharp(fetched.bytes).metadata()).width).toBeGreaterThan(0)
      }
    }
  })

  test('[MED-9] whatever else it may be, a file is saved as it is: not shown, not run, not unpacked', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    const files: [string, Buffer][] = [
      ['script.gif', await gifAndScript()],
      ['page.jpg', await jpegAndPage()],
      ['page.pdf', pdfAndPage],
      ['page.mp4', videoAndPage()],
      ['zeros.zip', zipBomb()],
      ['eicar.com', knownToScanners],
      ['drawing.png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
      ['worker.js', Buffer.from('self.addEventListener("fetch", alert)')],
      ['style.css', Buffer.from('@import "//example.org/x"')],
    ]
    for (const [name, bytes] of files) {
      const media = await shown(alice, id, bytes, 'file', name)
      const { headers, bytes: fetched } = await fetchMedia(url(), bob, media.id)
      expect([name, sha256Of(fetched)]).toEqual([name, sha256Of(bytes)])
      expect([name, headers.get('content-type')]).toEqual([name, 'application/octet-stream'])
      expect(headers.get('content-disposition')).toMatch(/^attachment; /u)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toContain('sandbox')
    }
  })

  test('[MED-9] a video with a page in it is a video to browsers, or nothing', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    const { headers } = await fetchMedia(
      url(),
      bob,
      (await shown(alice, id, videoAndPage(), 'video', 'page.html')).id,
    )
    expect(headers.get('content-type')).toBe('video/mp4')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain('sandbox')
  })

  test('[MED-9] names lead nowhere and hide nothing', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    const names = [
      '....//....//etc/passwd',
      'C:\\Windows\\system32\\cmd.exe',
      'file:///etc/passwd',
      '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
      '.htaccess',
      '. .',
      'a\0.png',
      'invoice\u202Efdp.exe',
      'photo\u2066gpj\u2069.js',
      'line\u2028break\u0085.txt',
      'tab\tand\x1Bescape',
      'ﬁle／path＼x',
      'n'.repeat(900),
    ]
    for (const name of names) {
      const media = await shown(alice, id, Buffer.from('x'), 'file', name)
      expect([name, media.name]).toEqual([name, expect.not.stringMatching(/[\p{Cc}\p{Zl}\p{Zp}\\/]|^\./u)])
      expect([name, media.name]).toEqual([name, expect.not.stringMatching(/[\u202A-\u202E\u2066-\u2069]/u)])
      expect([...media.name].length).toBeLessThanOrEqual(200)
      const disposition = (await fetchMedia(url(), bob, media.id)).headers.get('content-disposition') ?? ''
      // What had nothing left in it is saved under no name.
      const safe = /^attachment(?:; filename="[^"\\/]*"; filename\*=UTF-8''[^/\\;]*)?$/u
      expect([name, media.name, disposition]).toEqual([name, media.name, expect.stringMatching(safe)])
    }
    const long = await beginUpload(url(), alice, { bytes: 1, purpose: 'file', name: 'n'.repeat(10_000) })
    expect([long.status, long.code]).toEqual([400, 'INVALID'])
  })
})
