// Media as they are fetched (MED-7, MED-9): by whom, which bytes of it, and under which headers. One range, a strong ETag,
// nothing that could run in our origin. What somebody may fetch is `core/media`'s, asked at every request (SEC-19).
import { pipeline } from 'node:stream/promises'
import express, { type Request, type Response, type Router } from 'express'
import { MediaId, PalabreError, type UserId } from '@palabre/protocol'
import type { BlobRange } from '../blobs/port.ts'
import type { Limits } from '../core/limits.ts'
import type { Media, Served } from '../core/media/media.ts'
import { dispositionOf } from '../core/media/names.ts'
import type { Tokens } from '../core/tokens.ts'
import { addressOf, type TrustProxy } from './address.ts'
import { sessionOf } from './http.ts'
import type { Origins } from './origins.ts'
import { mediaCookieOf } from './refresh-cookie.ts'

export interface DownloadParts {
  media: Pick<Media, 'served' | 'read'>
  tokens: Pick<Tokens, 'authenticate' | 'admit'>
  limits: Limits
  origins: Origins
  trust: TrustProxy
}

const passLength = 2_048
const policy = "default-src 'none'; sandbox; frame-ancestors 'none'"

/** For `/api/v1/media`; what else is asked of it is left to the API. */
export function createDownloads(parts: DownloadParts): Router {
  const router = express.Router({ caseSensitive: true })
  const answer = (part: 'media' | 'thumbnail') => async (request: Request, response: Response) => {
    const userId = await userOf(parts, request)
    await parts.limits.pass('mediaRead', userId)
    const id = MediaId.safeParse(request.params['id'])
    if (!id.success) throw new PalabreError('NOT_FOUND')
    await serve(parts.media, request, response, await parts.media.served(userId, id.data, part))
  }
  router.get('/:id', answer('media'))
  router.get('/:id/thumbnail', answer('thumbnail'))
  return router
}

/** By the token; where there is none, by the cookie, which counts only for this server's own pages. */
async function userOf(parts: DownloadParts, request: Request): Promise<UserId> {
  const address = addressOf(request, parts.trust)
  const pass =
    request.headers.authorization === undefined ? mediaCookieOf(request.headers.cookie ?? '') : null
  if (pass === null) return (await sessionOf(parts, request, address)).userId
  try {
    if (pass.length > passLength || !parts.origins.isSameSite(request))
      throw new PalabreError('TOKEN_REQUIRED')
    return (await parts.tokens.admit(pass)).userId
  } catch (error) {
    await parts.limits.pass('anonymousRequest', address)
    throw error
  }
}

async function serve(
  media: Pick<Media, 'read'>,
  request: Request,
  response: Response,
  served: Served,
): Promise<void> {
  const { blobId, bytes, type, isShown, name } = served
  const etag = `"${blobId}"`
  response.setHeader('ETag', etag)
  response.setHeader('Cache-Control', 'private, no-cache, no-transform')
  if (isSame(request.headers['if-none-match'], etag)) {
    response.status(304).end()
    return
  }
  response.setHeader('Accept-Ranges', 'bytes')
  response.setHeader('Content-Security-Policy', policy)
  response.setHeader('Content-Type', type)
  response.setHeader('Content-Disposition', dispositionOf(name, isShown))
  const range = rangeOf(request, bytes, etag)
  if (range === 'outside') {
    response.setHeader('Content-Range', `bytes */${bytes}`)
    response.status(416).end()
    return
  }
  const { start, end } = range ?? { start: 0, end: bytes - 1 }
  if (range !== null) response.setHeader('Content-Range', `bytes ${start}-${end}/${bytes}`)
  response.setHeader('Content-Length', end - start + 1)
  response.status(range === null ? 200 : 206)
  if (request.method === 'HEAD' || bytes === 0) {
    response.end()
    return
  }
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const { body } = await media.read(blobId, range ?? undefined, gone.signal)
  // Who stops listening, as every video player does, is no trouble.
  await pipeline(body, response).catch((error: unknown) => {
    if (!response.destroyed && !response.writableEnded) throw error
  })
}

function isSame(header: string | undefined, etag: string): boolean {
  return header !== undefined && header.split(',').some((one) => one.trim().replace(/^W\//u, '') === etag)
}

/** The one range that is asked for; null: all of it, also where several are asked for, as RFC 9110 allows. */
function rangeOf(
  request: Request,
  bytes: number,
  etag: string,
): (BlobRange & { end: number }) | 'outside' | null {
  const { range, 'if-range': condition } = request.headers
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/u.exec(range ?? '')
  if (match === null || (condition !== undefined && condition !== etag)) return null
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return null
  if (first === '') {
    const length = Math.min(Number(last), bytes)
    return length === 0 ? 'outside' : { start: bytes - length, end: bytes - 1 }
  }
  const start = Number(first)
  const end = last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1)
  if (start >= bytes) return 'outside'
  return end < start ? null : { start, end }
}
