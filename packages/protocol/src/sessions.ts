// Sessions: a session is a signed-in device. Ending one closes its sockets at once.
import { z } from 'zod'
import { SessionId } from './ids.ts'
import { operation } from './table/operation.ts'

/** The name of a device that said none, nor let it be guessed; apps say it in their own language. */
export const unknownDevice = 'Unknown device'

export const Session = z.strictObject({
  id: SessionId,
  deviceName: z.string(),
  createdAt: z.int(),
  lastUsedAt: z.int(),
  /** True for the session that asks. */
  current: z.boolean(),
})
export type Session = z.infer<typeof Session>

export const listSessions = operation({
  socket: 'list_sessions',
  http: 'GET /sessions',
  access: 'session',
  limit: 'read',
  summary: 'The devices that are signed in, the latest used first.',
  input: z.strictObject({}),
  output: z.strictObject({ sessions: z.array(Session) }),
})

export const endSession = operation({
  socket: 'end_session',
  http: 'DELETE /sessions/:sessionId',
  access: 'session',
  limit: 'write',
  summary: 'Signs a device out.',
  input: z.strictObject({ sessionId: SessionId }),
  output: z.strictObject({}),
})

export const endOtherSessions = operation({
  socket: 'end_other_sessions',
  http: 'DELETE /sessions',
  access: 'session',
  limit: 'write',
  isSensitive: true,
  summary: 'Signs all other devices out.',
  input: z.strictObject({}),
  output: z.strictObject({ ended: z.int() }),
})

export const sessions = { listSessions, endSession, endOtherSessions }
