// What the operator's console asks (OPS-1 … OPS-4): people, groups, room, health. Names, numbers and times; never what anybody
// wrote. Whatever changes something is said again in the record of acts.
import { z } from 'zod'
import { ConversationId, UserId } from '../ids.ts'
import { limits } from '../limits.ts'
import { operation } from '../table/operation.ts'
import { AccountRole, User } from '../users.ts'

/** One account as an operator sees it. */
export const OperatedPerson = z.strictObject({
  user: User,
  role: AccountRole,
  createdAt: z.int(),
  /** Null: never, or not known. */
  lastSeenAt: z.int().nullable(),
  /** Null: they may sign in. */
  suspendedAt: z.int().nullable(),
  /** They have asked to go: until then it can be taken back. */
  eraseAt: z.int().nullable(),
  /** Devices that are signed in. */
  sessions: z.int(),
  /** Of what they uploaded. */
  bytes: z.int(),
})
export type OperatedPerson = z.infer<typeof OperatedPerson>

export const OperatedGroup = z.strictObject({
  id: ConversationId,
  title: z.string(),
  memberCount: z.int(),
  messages: z.int(),
  /** Of the media that its messages show. */
  bytes: z.int(),
  activeAt: z.int(),
})
export type OperatedGroup = z.infer<typeof OperatedGroup>

const page = {
  cursor: z.string().max(200).optional(),
  limit: z.int().min(1).max(limits.page).default(limits.pageDefault),
}

export const listPeople = operation({
  socket: 'list_people',
  http: 'GET /operator/people',
  access: 'operator',
  limit: 'read',
  summary: 'Accounts, by their beginning or by a name.',
  input: z.strictObject({ query: z.string().trim().max(limits.displayNameLength).optional(), ...page }),
  output: z.strictObject({ people: z.array(OperatedPerson), total: z.int(), cursor: z.string().nullable() }),
})

export const suspendPerson = operation({
  socket: 'suspend_person',
  http: 'PUT /operator/people/:userId/suspension',
  access: 'operator',
  limit: 'write',
  isSensitive: true,
  summary: 'Keeps somebody from signing in, and ends their sessions at once; or lets them in again.',
  input: z.strictObject({ userId: UserId, isSuspended: z.boolean() }),
  output: z.strictObject({ person: OperatedPerson }),
})

export const endPersonSessions = operation({
  socket: 'end_person_sessions',
  http: 'DELETE /operator/people/:userId/sessions',
  access: 'operator',
  limit: 'write',
  isSensitive: true,
  summary: 'Signs somebody out everywhere.',
  input: z.strictObject({ userId: UserId }),
  output: z.strictObject({ ended: z.int() }),
})

export const listGroups = operation({
  socket: 'list_groups',
  http: 'GET /operator/groups',
  access: 'operator',
  limit: 'read',
  summary: 'Groups with their sizes, never what is said in them.',
  input: z.strictObject(page),
  output: z.strictObject({ groups: z.array(OperatedGroup), cursor: z.string().nullable() }),
})

export const getStorage = operation({
  socket: 'get_storage',
  http: 'GET /operator/storage',
  access: 'operator',
  limit: 'search',
  summary: 'How much there is, and whose files take the most room.',
  input: z.strictObject({}),
  output: z.strictObject({
    people: z.int(),
    conversations: z.int(),
    messages: z.int(),
    bytes: z.int(),
    /** Null where it cannot be known: in a bucket. */
    freeBytes: z.int().nullable(),
    largest: z.array(z.strictObject({ user: User, bytes: z.int(), files: z.int() })),
  }),
})

export const getHealth = operation({
  socket: 'get_health',
  http: 'GET /operator/health',
  access: 'operator',
  limit: 'read',
  summary: 'How this node is: the four figures of the last minute, what waits, and since when it runs.',
  input: z.strictObject({}),
  output: z.strictObject({
    version: z.string(),
    node: z.string(),
    store: z.string(),
    upSince: z.int(),
    activeConnections: z.int(),
    messagesPerSecond: z.number(),
    averageLatencyMs: z.number(),
    errorRate: z.number(),
    eventLoopDelayMs: z.number(),
    memoryBytes: z.int(),
    /** Null: nodes do not hear each other, or there is one only. */
    isBusUp: z.boolean().nullable(),
    isMediaUp: z.boolean(),
  }),
})

export const operating = { listPeople, suspendPerson, endPersonSessions, listGroups, getStorage, getHealth }
