// What bytes are, by what they hold (MED-4), and which of it a browser may show in our origin (MED-9). A name or what a
// client says is never asked. Nothing is decoded here.
import { PalabreError, type MediaKind, type UploadPurpose } from '@palabre/protocol'
import { fileTypeFromFile } from 'file-type'

const unknown = 'application/octet-stream'

const pictures = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif']
const films = ['video/mp4', 'video/webm', 'video/quicktime']
const sounds = ['audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/webm', 'audio/wav', 'audio/aac', 'audio/flac']
/** Shown where they are asked for; everything else is saved. Nothing here can run. */
const shown = new Set([...pictures, ...films, ...sounds])

/** Containers that may hold a film or only sound, and names of the same thing. */
const asSound: Readonly<Record<string, string>> = {
  'video/mp4': 'audio/mp4',
  'audio/x-m4a': 'audio/mp4',
  'video/webm': 'audio/webm',
  'video/ogg': 'audio/ogg',
  'application/ogg': 'audio/ogg',
  'audio/vnd.wave': 'audio/wav',
  'audio/x-wav': 'audio/wav',
  'audio/x-flac': 'audio/flac',
}
const asFilm: Readonly<Record<string, string>> = { 'video/x-m4v': 'video/mp4' }

const takes = {
  image: pictures,
  poster: pictures,
  photo: pictures,
  video: films,
  voice: sounds,
  audio: sounds,
} as const satisfies Record<Exclude<UploadPurpose, 'file'>, readonly string[]>

/** The type of a file that is to become something. @throws MEDIA_TYPE_WRONG when it cannot */
export async function typeFor(path: string, purpose: UploadPurpose): Promise<string> {
  const found = ((await fileTypeFromFile(path))?.mime ?? unknown).split(';')[0]?.trim() ?? unknown
  if (purpose === 'file') return found
  const named = purpose === 'voice' || purpose === 'audio' ? asSound : asFilm
  const type = named[found] ?? found
  const list: readonly string[] = takes[purpose]
  if (!list.includes(type)) throw new PalabreError('MEDIA_TYPE_WRONG', { details: { found } })
  return type
}

/** How something is to be answered: as what it is, or as bytes to be saved. */
export function servedAs(contentType: string, kind: MediaKind | 'photo'): { type: string; isShown: boolean } {
  return kind !== 'file' && shown.has(contentType)
    ? { type: contentType, isShown: true }
    : { type: unknown, isShown: false }
}
