// The refresh cookie (SECURITY §4.2): out of reach of scripts, sent to this host alone and by its own pages alone.
// `__Host-` needs encryption or loopback; over plain http on a network it is a cookie without the prefix.
import type { Request, Response } from 'express'
import { limits } from '@palabre/protocol'
import type { Config } from '../config.ts'
import { isLoopbackHost } from '../endpoints.ts'
import type { RefreshCookie } from '../core/context.ts'
import { isEncrypted, type TrustProxy } from './address.ts'

const plainName = 'palabre_refresh'
const plainMediaName = 'palabre_media'
const longestToken = 512

export function refreshCookie(
  request: Request,
  response: Response,
  config: Pick<Config, 'publicUrl'>,
  trust: TrustProxy,
): RefreshCookie {
  const isSecure =
    config.publicUrl.startsWith('https://') || isEncrypted(request, trust) || isLoopbackHost(request.hostname)
  const name = isSecure ? `__Host-${plainName}` : plainName
  const mediaName = isSecure ? `__Host-${plainMediaName}` : plainMediaName
  const attributes = `Path=/;${isSecure ? ' Secure;' : ''} HttpOnly; SameSite=Strict`
  const maxAge = Math.floor(limits.sessionIdleMs / 1_000)
  return {
    read: () => cookieOf(request.headers.cookie ?? '', name),
    writeMedia(pass) {
      const seconds = Math.floor(limits.mediaTokenMs / 1_000)
      response.append('Set-Cookie', `${mediaName}=${pass}; ${attributes}; Max-Age=${seconds}`)
    },
    write(token) {
      response.append('Set-Cookie', `${name}=${encodeURIComponent(token)}; ${attributes}; Max-Age=${maxAge}`)
    },
    clear() {
      response.append('Set-Cookie', `${name}=; ${attributes}; Max-Age=0`)
      if (cookieOf(request.headers.cookie ?? '', mediaName) !== null)
        response.append('Set-Cookie', `${mediaName}=; ${attributes}; Max-Age=0`)
    },
  }
}

/** The pass of MED-7, whichever of its names it has; null without. */
export function mediaCookieOf(header: string): string | null {
  return cookieOf(header, `__Host-${plainMediaName}`) ?? cookieOf(header, plainMediaName)
}

/** The value of one cookie. Two of the same name are none: one of them was planted. */
export function cookieOf(header: string, name: string): string | null {
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
  const [value] = values
  if (values.length !== 1 || value === undefined || value === '' || value.length > 2 * longestToken)
    return null
  try {
    return decodeURIComponent(value)
  } catch {
    return null
  }
}
