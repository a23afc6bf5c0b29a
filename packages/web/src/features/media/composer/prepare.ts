// A file made ready to be sent: a photo smaller where it is larger than a screen, a video with its size, length and
// first picture, an audio with its length. What this browser cannot read goes as a document.
import type { MediaToSend } from '@palabre/client'
import type { Picked } from './picked.ts'

/** Pixels of a photo's longer side: sharp on any phone, at a tenth of what cameras make. */
const photoSide = 2_048
const photoQuality = 0.82
/** Bytes below which a photo of that size is sent as it is. */
const photoBytes = 700_000
const posterSide = 640
/** A picture may move; drawn anew it would stand still. */
const moving = /^image\/(gif|webp)$/
/** A file that says nothing in this time is not one that this browser plays. */
const lookMs = 8_000

export type Prepared = Pick<
  MediaToSend,
  'kind' | 'bytes' | 'name' | 'width' | 'height' | 'durationMs' | 'poster'
>

export async function prepared({ kind, file }: Picked, asOriginal: boolean): Promise<Prepared> {
  const asFile: Prepared = { kind: 'file', bytes: file, name: file.name }
  try {
    if (kind === 'image') return await photo(file, asOriginal)
    if (kind === 'video') return await video(file)
    if (kind === 'audio') return await audio(file)
  } catch {
    return asFile
  }
  return asFile
}

async function photo(file: File, asOriginal: boolean): Promise<Prepared> {
  const bitmap = await createImageBitmap(file)
  const { width, height } = bitmap
  const by = Math.min(1, photoSide / Math.max(width, height))
  const asItIs: Prepared = { kind: 'image', bytes: file, name: file.name, width, height }
  if (asOriginal || moving.test(file.type) || (by === 1 && file.size <= photoBytes)) {
    bitmap.close()
    return asItIs
  }
  const size = { width: Math.round(width * by), height: Math.round(height * by) }
  // What is see-through stays so.
  const type = file.type === 'image/png' ? 'image/webp' : 'image/jpeg'
  const bytes = await drawn(bitmap, size, type)
  bitmap.close()
  if (bytes.size >= file.size) return asItIs
  const ending = bytes.type === 'image/webp' ? 'webp' : bytes.type === 'image/png' ? 'png' : 'jpg'
  return { kind: 'image', bytes, name: `${file.name.replace(/\.[^.]*$/, '')}.${ending}`, ...size }
}

async function drawn(
  source: CanvasImageSource,
  { width, height }: { width: number; height: number },
  type: string,
): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')?.drawImage(source, 0, 0, width, height)
  return await new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error('nothing was drawn')) : resolve(blob)),
      type,
      photoQuality,
    ),
  )
}

/** Waits for one event of a media element; rejects at its error, or in time. */
function once(element: HTMLMediaElement, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${name}`)), lookMs)
    element.addEventListener(name, () => (clearTimeout(timer), resolve()), { once: true })
    element.addEventListener('error', () => (clearTimeout(timer), reject(new Error('unreadable'))), {
      once: true,
    })
  })
}

const inMs = (seconds: number) =>
  Number.isFinite(seconds) ? { durationMs: Math.round(seconds * 1_000) } : {}

async function video(file: File): Promise<Prepared> {
  const element = document.createElement('video')
  const url = URL.createObjectURL(file)
  try {
    element.muted = true
    element.playsInline = true
    element.preload = 'auto'
    element.src = url
    await once(element, 'loadeddata')
    const { videoWidth: width, videoHeight: height } = element
    const known = { kind: 'video', bytes: file, name: file.name, ...inMs(element.duration) } as const
    // A sound in a video's clothes.
    if (width === 0 || height === 0) return { kind: 'file', bytes: file, name: file.name }
    return { ...known, width, height, ...(await posterOf(element, width, height)) }
  } finally {
    element.removeAttribute('src')
    element.load()
    URL.revokeObjectURL(url)
  }
}

/** The very first picture is often black. */
async function posterOf(
  element: HTMLVideoElement,
  width: number,
  height: number,
): Promise<{ poster?: Blob }> {
  try {
    element.currentTime = Math.min(0.5, Number.isFinite(element.duration) ? element.duration / 4 : 0)
    await once(element, 'seeked')
    const by = Math.min(1, posterSide / Math.max(width, height))
    const size = { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) }
    return { poster: await drawn(element, size, 'image/jpeg') }
  } catch {
    return {}
  }
}

async function audio(file: File): Promise<Prepared> {
  const element = new Audio()
  const url = URL.createObjectURL(file)
  try {
    element.src = url
    await once(element, 'loadedmetadata')
    return { kind: 'audio', bytes: file, name: file.name, ...inMs(element.duration) }
  } finally {
    element.removeAttribute('src')
    URL.revokeObjectURL(url)
  }
}
