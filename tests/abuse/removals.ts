// Controls, taken away one at a time: what is in the product, what stands there without the control, and the row of
// docs/security.md whose test in controls.test.ts must then fail. None of this is ever in the product: a server is built
// with one removal, and building refuses a place that is not there exactly once.
import type { Alteration } from '../simulation/build.ts'

export interface Removal {
  /** The row: its test is named by it. */
  row: string
  name: string
  places: Alteration[]
}

const server = 'packages/server/src'
const at = (file: string, find: string, replace: string): Alteration => ({
  file: `${server}/${file}`,
  find,
  replace,
})

export const removals: readonly Removal[] = [
  {
    row: 'SEC-1',
    name: 'guesses are not counted',
    places: [
      at(
        'core/limits.ts',
        "if (name === 'login') await loginGate.enter(",
        "if (name === ('' as string)) await loginGate.enter(",
      ),
    ],
  },
  {
    row: 'SEC-3',
    name: 'cookies count for every page',
    places: [
      at('transport/http.ts', 'if (!isJson || !origins.isSameSite(request)) throw', 'if (type === ``) throw'),
    ],
  },
  {
    row: 'SEC-4',
    name: 'sockets for every page',
    places: [
      at(
        'transport/live-sockets.ts',
        'if (!origins.isAllowed(request)) return',
        'if (request.url === ``) return',
      ),
    ],
  },
  {
    row: 'SEC-5',
    name: 'a socket takes any token',
    places: [
      at(
        'transport/socket.ts',
        'if (userId !== socket.data.userId || sessionId !== socket.data.sessionId) {',
        'if (String(userId) === ``) {',
      ),
    ],
  },
  {
    row: 'SEC-5',
    name: 'signatures are not looked at',
    places: [
      at(
        'core/tokens.ts',
        'return claimsIn(Claims, await payloadOf(token, { typ: tokenType, audience }))',
        "return claimsIn(Claims, JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Awaited<ReturnType<typeof payloadOf>>)",
      ),
    ],
  },
  {
    row: 'SEC-6',
    name: 'an ended session is remembered',
    places: [at('core/tokens.ts', 'closed([sessionId])\n', '\n')],
  },
  {
    row: 'SEC-8',
    name: 'everybody sees everything',
    places: [
      at(
        'core/visibility.ts',
        'return message.seq >= member.joinedSeq && (',
        'return member.joinedSeq >= 0 && (',
      ),
    ],
  },
  {
    row: 'SEC-9',
    name: 'anybody is a member',
    places: [
      at(
        'core/access.ts',
        "  if (member === null) throw new PalabreError('MEMBER_REQUIRED')\n  if (!hasRole(member.role, role))",
        '  if (member === null) return [...(known?.members.values() ?? [])][0] ?? ((await ctx.memberships.view(conversationId))?.members.values().next().value as MemberRow)\n  if (!hasRole(member.role, role))',
      ),
      // Asked again when what was read is about to be answered.
      at(
        'core/access.ts',
        "    if (after === null) throw new PalabreError('MEMBER_REQUIRED')\n",
        '    if (after === null) return answer\n',
      ),
    ],
  },
  {
    row: 'SEC-12',
    name: 'depth is not looked at',
    places: [at('transport/depth.ts', 'if (depth > max) return true', 'if (depth < 0) return true')],
  },
  {
    row: 'SEC-15',
    name: 'an upload is everybody’s',
    places: [
      at(
        'core/media/media.ts',
        'if (row === null || row.ownerId !== ownerId) throw',
        'if (row === null) throw',
      ),
    ],
  },
  {
    row: 'SEC-16',
    name: 'a kind is believed by its name',
    places: [
      at(
        'transport/downloads.ts',
        "response.setHeader('Content-Type', type)",
        "response.setHeader('Content-Type', name.endsWith('.png') ? 'image/png' : type)",
      ),
    ],
  },
  {
    row: 'SEC-16',
    name: 'no sandbox',
    places: [
      at(
        'transport/downloads.ts',
        "response.setHeader('Content-Security-Policy', policy)",
        "response.setHeader('X-Policy', policy)",
      ),
    ],
  },
  {
    row: 'SEC-17',
    name: 'pictures of any size',
    places: [
      at('core/media/pictures.ts', 'if (isTooLarge) throw', 'if (width < 0 && isTooLarge) throw'),
      at('core/media/pictures.ts', 'limitInputPixels: limits.imagePixels', 'limitInputPixels: false'),
    ],
  },
  {
    row: 'SEC-18',
    name: 'pictures keep what was written into them',
    places: [
      at(
        'core/media/pictures.ts',
        'picture: whole.jpeg({ quality: 90 }) }',
        'picture: whole.keepMetadata().jpeg({ quality: 90 }) }',
      ),
    ],
  },
  {
    row: 'SEC-19',
    name: 'a medium’s id is its key',
    places: [
      at(
        'core/media/media.ts',
        "if (!maySee) throw new PalabreError('NOT_FOUND')",
        "if (!maySee && id.length === 0) throw new PalabreError('NOT_FOUND')",
      ),
    ],
  },
  {
    row: 'SEC-21',
    name: 'pushes go wherever they are told',
    places: [
      at(
        'pusher/services.ts',
        "return isMade ? 'maker' : null",
        "return isMade || url.host !== '' ? 'maker' : null",
      ),
      at('pusher/services.ts', "if (url.protocol !== 'https:' || url.port !== '') return null", ''),
    ],
  },
  {
    row: 'SEC-28',
    name: 'what is asked is logged',
    places: [
      at(
        'core/handlers.ts',
        '    const startedAt = performance.now()\n    try {\n      const output = await run(',
        '    const startedAt = performance.now()\n    services.logger.debug({ asked: JSON.stringify(rawInput) }, name)\n    try {\n      const output = await run(',
      ),
    ],
  },
]
