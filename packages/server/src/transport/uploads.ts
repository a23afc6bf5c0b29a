// Uploads by tus 1.0 (MED-1, MED-3, MED-4): beginning here, parts by @tus/server into files of UPLOADS_DIR. Only POST, HEAD
// and PATCH, only by who began it (SEC-15): the library would answer more, and to anybody. What an upload is and becomes is
// `core/media`'s.
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { FileStore } from '@tus/file-store'
import { Metadata, Server, Upload } from '@tus/server'
import express, { type Request, type Response, type Router } from 'express'
import type { Logger } from 'pino'
import { MediaId, PalabreError, UploadMetadata } from '@palabre/protocol'
import { asPalabreError } from '../core/handlers.ts'
import type { Limits } from '../core/limits.ts'
import type { Media } from '../core/media/media.ts'
import type { Tokens } from '../core/tokens.ts'
import type { MediaRow } from '../store/port/media.ts'
import { addressOf, type TrustProxy } from './address.ts'
import { sessionOf } from './http.ts'
import type { Origins } from './origins.ts'
import { languageOfHeaders, problemOf } from './problem.ts'

export interface UploadParts {
  media: Pick<Media, 'uploadsDir' | 'begin' | 'uploadOf' | 'finish'>
  tokens: Pick<Tokens, 'authenticate'>
  limits: Limits
  origins: Origins
  trust: TrustProxy
  logger: Pick<Logger, 'error'>
}

const version = '1.0.0'
const metadataBytes = 4_096

/** For `/api/v1/uploads`. */
export function createUploads(parts: UploadParts): Router {
  const { media, logger } = parts
  const router = express.Router({ caseSensitive: true })
  const store = new FileStore({ directory: media.uploadsDir })
  const tus = new Server({
    path: '/api/v1/uploads',
    datastore: store,
    relativeLocation: true,
    respectForwardedHeaders: false,
    allowedOrigins: [],
    getFileIdFromRequest: (request) => new URL(request.url).pathname.split('/').at(-1),
    async onUploadFinish(_request, { id }) {
      const row = rows.get(id)
      if (row !== undefined) await media.finish(row)
      return {}
    },
    onResponseError(request, thrown) {
      if (!(thrown instanceof Error)) return undefined
      const error = asPalabreError(thrown)
      if (error.code === 'INTERNAL') logger.error({ err: thrown }, 'a part of an upload failed unexpectedly')
      const language = languageOfHeaders({ 'accept-language': request.headers.get('accept-language') ?? '' })
      const problem = problemOf(error, language, '')
      return { status_code: problem.status, body: JSON.stringify(problem) }
    },
  })
  /** Of the parts that are just coming in. */
  const rows = new Map<string, MediaRow>()

  async function userOf(request: Request): Promise<MediaRow['ownerId']> {
    if (!parts.origins.isAllowed(request)) throw new PalabreError('ORIGIN_FORBIDDEN')
    return (await sessionOf(parts, request, addressOf(request, parts.trust))).userId
  }

  async function rowOf(request: Request): Promise<MediaRow> {
    const userId = await userOf(request)
    const id = MediaId.safeParse(request.params['id'])
    if (!id.success) throw new PalabreError('UPLOAD_NOT_FOUND')
    await parts.limits.pass('uploadPart', userId)
    return media.uploadOf(userId, id.data)
  }

  /** Where it is, made when it is not there; never emptied. */
  async function placeFor(row: MediaRow): Promise<number> {
    const known = await offsetOf(row)
    if (known !== null) return known
    const upload = new Upload({ id: row.id, size: row.declaredBytes, offset: 0 })
    // What it is first, then its bytes: a crash between them leaves what is made again.
    await store.configstore.set(row.id, upload)
    const file = await open(join(media.uploadsDir, row.id), 'a', 0o600)
    await file.close()
    return 0
  }

  async function offsetOf({ id, state, declaredBytes }: MediaRow): Promise<number | null> {
    if (state !== 'arriving') return declaredBytes
    return store.getUpload(id).then(
      ({ offset }) => offset,
      () => null,
    )
  }

  router.post('/', async (request, response) => {
    const userId = await userOf(request)
    await parts.limits.pass('uploadBegin', userId)
    const { metadata, bytes } = announced(request)
    let row = await media.begin(userId, metadata, bytes)
    const offset = await placeFor(row)
    if (offset === row.declaredBytes) row = await media.finish(row)
    response.setHeader('Location', `/api/v1/uploads/${row.id}`)
    answer(response, 201, offset)
  })

  router.head('/:id', async (request, response) => {
    const row = await rowOf(request)
    const offset = await offsetOf(row)
    // On another node's disk, or lost: begun again, it is the same upload.
    if (offset === null) throw new PalabreError('UPLOAD_NOT_FOUND')
    if (offset === row.declaredBytes) {
      await media.finish(row)
      response.setHeader('Upload-Length', String(row.declaredBytes))
      answer(response, 200, offset)
    } else await tus.handle(request, response)
  })

  router.patch('/:id', async (request, response) => {
    const row = await rowOf(request)
    if (row.code !== null) throw new PalabreError(row.code)
    if (row.state === 'ready') throw new PalabreError('UPLOAD_ID_CONFLICT')
    rows.set(row.id, row)
    try {
      await tus.handle(request, response)
    } finally {
      rows.delete(row.id)
    }
  })

  router.use(() => {
    throw new PalabreError('NOT_FOUND')
  })
  return router
}

/** What is announced before the first byte. @throws INVALID */
function announced(request: Request): { metadata: UploadMetadata; bytes: number } {
  const length = request.headers['upload-length']
  const given = request.headers['upload-metadata']
  const isLength = typeof length === 'string' && /^\d{1,15}$/u.test(length)
  if (request.headers['tus-resumable'] !== version || !isLength) throw invalid('upload-length')
  if (typeof given !== 'string' || given.length > metadataBytes) throw invalid('upload-metadata')
  const parsed = UploadMetadata.safeParse(metadataIn(given))
  if (!parsed.success) throw invalid('upload-metadata')
  return { metadata: parsed.data, bytes: Number(length) }
}

function metadataIn(header: string): Record<string, string | null> {
  try {
    return Metadata.parse(header)
  } catch {
    throw invalid('upload-metadata')
  }
}

function invalid(path: string): PalabreError {
  return new PalabreError('INVALID', { details: { path, reason: 'is not as tus says' } })
}

function answer(response: Response, status: number, offset: number): void {
  response.setHeader('Tus-Resumable', version)
  response.setHeader('Upload-Offset', String(offset))
  response.setHeader('Content-Length', '0')
  response.status(status).end()
}
