// What every answer says about itself (SECURITY §4.1): one policy for pages, one for everything else.
import type { Handler, Request, Response } from 'express'
import helmet from 'helmet'
import { isEncrypted, type TrustProxy } from './address.ts'

const permissions =
  'camera=(self), microphone=(self), geolocation=(self), display-capture=(), payment=(), usb=()'
const permissionsHeader: [string, string] = ['Permissions-Policy', permissions]
const transportHeader: [string, string] = ['Strict-Transport-Security', 'max-age=63072000; includeSubDomains']
export const reportPath = '/csp-reports'
const hostForm = /^[a-z0-9.:[\]-]{1,255}$/i

/** For pages and what they load. */
export function pageHeaders(trust: TrustProxy): Handler[] {
  return [common(trust), pagePolicy(trust), reporting]
}

/** For the API: nothing here is ever to be shown as a page, nor kept by anything on the way. */
export function apiHeaders(trust: TrustProxy): Handler {
  // What helmet sets is the same for every answer here, so it is asked once.
  const fixed = [...setBy(plain), ...setBy(apiPolicy), permissionsHeader]
  fixed.push(['Cache-Control', 'no-store'], ['Vary', 'Authorization, Cookie'])
  return (request, response, next) => {
    for (const [name, value] of fixed) response.setHeader(name, value)
    if (isEncrypted(request, trust)) response.setHeader(...transportHeader)
    next()
  }
}

/** The headers that a handler sets without looking at the request. */
function setBy(handler: (request: never, response: never, next: () => void) => void): [string, string][] {
  const headers: [string, string][] = []
  const response = {
    setHeader: (name: string, value: string) => headers.push([name, value]),
    removeHeader: () => undefined,
  }
  handler({} as never, response as never, () => undefined)
  return headers
}

/** For the API's own page: a stylesheet, and nothing that runs. */
export const docsPolicy = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
})

/** Old browsers do not count WebSocket as 'self'; the host is the one that the page itself was asked at. */
function socketSource(trust: TrustProxy) {
  return (request: unknown) => {
    const { headers } = request as Request
    const host = headers.host ?? ''
    return hostForm.test(host)
      ? `${isEncrypted(request as Request, trust) ? 'wss' : 'ws'}://${host}`
      : "'self'"
  }
}

function pagePolicy(trust: TrustProxy): Handler {
  return helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'blob:', 'data:'],
      mediaSrc: ["'self'", 'blob:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'", socketSource(trust)],
      workerSrc: ["'self'"],
      manifestSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      objectSrc: ["'none'"],
      frameSrc: ["'none'"],
      frameAncestors: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ['vue', 'palabre'],
      reportTo: ['csp'],
    },
  })
}

const apiPolicy = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
})

const plain = helmet({
  contentSecurityPolicy: false,
  strictTransportSecurity: false,
  crossOriginOpenerPolicy: { policy: 'same-origin' },
  crossOriginEmbedderPolicy: { policy: 'require-corp' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'same-origin' },
  xFrameOptions: { action: 'deny' },
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
})

function common(trust: TrustProxy): Handler {
  return (request, response, next) => {
    response.setHeader(...permissionsHeader)
    if (isEncrypted(request, trust)) response.setHeader(...transportHeader)
    plain(request, response, next)
  }
}

function reporting(_request: Request, response: Response, next: () => void) {
  response.setHeader('Reporting-Endpoints', `csp="${reportPath}"`)
  next()
}
