// Pictures as they arrive (MED-4): held against their bounds before they are decoded, then drawn anew, upright, so that
// nothing of the file they came in remains: no place, no camera, no second meaning of the same bytes (SEC-16 … SEC-18).
// One at a time, and with one thread: pictures must not hold up people who write.
import { PalabreError, limits } from '@palabre/protocol'
import sharp, { type Metadata, type Sharp } from 'sharp'

export interface Picture {
  contentType: string
  width: number
  height: number
  /** Base64 of a tiny WebP. */
  placeholder: string
  /** A small WebP. */
  thumbnail: Buffer
}

export type Frame = 'image' | 'poster' | 'photo'

const secondsMax = 30
const smallest = 16
const decoded = { limitInputPixels: limits.imagePixels, failOn: 'error', sequentialRead: true } as const
const thumbnailType = { quality: 75, effort: 3 } as const

sharp.concurrency(1)
sharp.cache(false)
// The library reads much more than anybody sends: each reader that is not needed is one that cannot be attacked.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegFile',
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngFile',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpFile',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifFile',
    'VipsForeignLoadNsgifBuffer',
    'VipsForeignLoadHeifFile',
    'VipsForeignLoadHeifBuffer',
  ],
})

let line: Promise<unknown> = Promise.resolve()

/**
 * Draws the picture at `path` anew into `target`. `contentType`: what it holds.
 * @throws MEDIA_UNREADABLE
 */
export function redraw(path: string, target: string, contentType: string, frame: Frame): Promise<Picture> {
  const drawn = line.then(() => draw(path, target, contentType, frame).catch(refuse))
  line = drawn.catch(() => undefined)
  return drawn
}

async function draw(path: string, target: string, contentType: string, frame: Frame): Promise<Picture> {
  const isMoving = frame === 'image' && (contentType === 'image/gif' || contentType === 'image/webp')
  check(await sharp(path, { ...decoded, pages: isMoving ? -1 : 1 }).metadata())
  const whole = sharp(path, { ...decoded, pages: isMoving ? -1 : 1 }).autoOrient()
  const { type, picture } = framed(whole, contentType, frame)
  const { width, height, pageHeight } = await picture.timeout({ seconds: secondsMax }).toFile(target)
  const small = sharp(target, decoded)
    .resize(
      frame === 'photo'
        ? { width: limits.photoSmallSide, height: limits.photoSmallSide }
        : inside(limits.thumbnailSide),
    )
    .webp(thumbnailType)
    .timeout({ seconds: secondsMax })
  const thumbnail = await small.toBuffer()
  const tiny = await sharp(thumbnail).resize(inside(smallest)).blur(0.6).webp({ quality: 30 }).toBuffer()
  return {
    contentType: type,
    width,
    height: pageHeight ?? height,
    placeholder: tiny.toString('base64'),
    thumbnail,
  }
}

/** As it is to be kept. What is drawn new as AVIF would take minutes. */
function framed(whole: Sharp, contentType: string, frame: Frame): { type: string; picture: Sharp } {
  if (frame === 'photo') {
    const side = limits.photoSide
    const square = whole.resize({ width: side, height: side, fit: 'cover', withoutEnlargement: true })
    return { type: 'image/webp', picture: square.webp({ quality: 82 }) }
  }
  if (frame === 'poster')
    return { type: 'image/webp', picture: whole.resize(inside(limits.posterSide)).webp({ quality: 78 }) }
  switch (contentType) {
    case 'image/jpeg':
      return { type: contentType, picture: whole.jpeg({ quality: 90 }) }
    case 'image/png':
      return { type: contentType, picture: whole.png() }
    case 'image/gif':
      return { type: contentType, picture: whole.gif() }
    default:
      return { type: 'image/webp', picture: whole.webp({ quality: 88 }) }
  }
}

function check({ width, height, pages = 1, pageHeight = height }: Metadata): void {
  const isTooLarge =
    width > limits.imageSide ||
    pageHeight > limits.imageSide ||
    width * pageHeight * pages > limits.imagePixels
  if (isTooLarge) throw new PalabreError('MEDIA_UNREADABLE', { details: { reason: 'pixels' } })
}

function inside(side: number) {
  return { width: side, height: side, fit: 'inside', withoutEnlargement: true } as const
}

/** What the library says of a picture stays here: it may quote it. */
function refuse(error: unknown): never {
  if (error instanceof PalabreError) throw error
  const isOfDisk = error instanceof Error && /ENOSPC|EIO|No space left/u.test(error.message)
  throw new PalabreError(isOfDisk ? 'STORE_UNAVAILABLE' : 'MEDIA_UNREADABLE', { cause: error })
}
