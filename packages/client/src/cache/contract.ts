// What every cache keeps to, as cases that any test runner calls: vitest for the memory, a page in a real
// browser for IndexedDB. Plain assertions, nothing imported but the port and the schemas' types.
import type {
  Conversation,
  ConversationId,
  Message,
  MessageId,
  MessageOf,
  User,
  UserId,
} from '@palabre/protocol'
import { filesContract } from './contract-files.ts'
import type { Cache, CachedConversation, OutboxEntry } from './port.ts'

/** Opens the cache of that name; the same name again holds what was kept there. */
export type OpenCache = (userId: UserId) => Promise<Cache>

export interface CacheCase {
  readonly name: string
  run(open: OpenCache, userId: UserId): Promise<void>
}

const uuid = (kind: string, n: number) => `0190${kind}-0000-7000-8000-${String(n).padStart(12, '0')}`
const conversationId = (n: number) => uuid('aaaa', n) as ConversationId
const messageId = (n: number) => uuid('bbbb', n) as MessageId
const alice = uuid('cccc', 1) as UserId

function message(seq: number, rev = seq, conversation = conversationId(1)): MessageOf<'text'> {
  return {
    id: messageId(seq),
    conversationId: conversation,
    seq,
    rev,
    bodyRev: seq,
    senderId: alice,
    kind: 'text',
    body: { text: `message ${seq} at ${rev}` },
    replyTo: null,
    forwarded: false,
    mentions: [],
    attachments: [],
    reactions: [],
    createdAt: seq,
    sentAt: seq,
    editedAt: null,
    deletedAt: null,
    pinnedAt: null,
    expiresAt: null,
  }
}

function held(n: number, cursor = 0): CachedConversation {
  const id = conversationId(n)
  const conversation: Conversation = {
    id,
    kind: 'group',
    title: `group ${n}`,
    description: '',
    avatarId: null,
    createdBy: alice,
    createdAt: 0,
    memberCount: 1,
    members: [],
    settings: {},
    rev: cursor,
    lastSeq: 0,
    lastMessage: null,
    me: {
      role: 'owner',
      joinedSeq: 1,
      joinedRev: 1,
      readSeq: 0,
      deliveredSeq: 0,
      unread: 0,
      mutedUntil: null,
      pinnedAt: null,
      archivedAt: null,
      markedUnread: false,
      clearedSeq: 0,
    },
    others: { deliveredSeq: 0, readSeq: 0 },
  }
  return { id, conversation, cursor, hasBefore: false }
}

function user(n: number, displayName = `Person ${n}`): User {
  const id = uuid('cccc', n) as UserId
  return { id, username: `person${n}`, displayName, about: '', avatarId: null, rev: n }
}

function entry(order: number, failed: string | null = null): OutboxEntry {
  const id = messageId(order)
  return {
    order,
    conversationId: conversationId(1),
    messageId: id,
    operation: {
      name: 'sendMessage',
      input: { conversationId: conversationId(1), id, kind: 'text', body: { text: 'hello' }, sentAt: order },
    },
    queuedAt: order,
    wasAttempted: false,
    failed,
  }
}

const contact = (n: number, rev: number) => ({
  rev,
  key: `contact:${user(n).id}`,
  value: { userId: user(n).id, addedAt: rev },
})

/** Deep, by value; the order of an object's keys does not count. */
function equal(actual: unknown, expected: unknown, what: string): void {
  const [a, e] = [canonical(actual), canonical(expected)]
  if (a !== e) throw new Error(`${what}: expected ${e}, got ${a}`)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part instanceof Map) return [...part].sort()
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

const byId = <T extends { id: string }>(values: T[]) => values.toSorted((a, b) => (a.id < b.id ? -1 : 1))
const seqs = (messages: Message[]) => messages.map(({ seq }) => seq)
const many = (n: number) => Array.from({ length: n }, (_, i) => message(i + 1))

async function rejects(attempt: () => Promise<unknown>, what: string): Promise<void> {
  let isRefused = false
  await attempt().catch(() => {
    isRefused = true
  })
  equal(isRefused, true, what)
}

/** One thing that the port promises each. */
export const cacheContract: readonly CacheCase[] = [
  ...filesContract,
  {
    name: 'a new cache is empty',
    async run(open, userId) {
      const cache = await open(userId)
      equal(
        await cache.read(),
        {
          meta: { epoch: null, accountRev: 0, profilesRev: null },
          conversations: [],
          users: [],
          account: [],
          outbox: [],
          drafts: new Map(),
          pendingMarks: new Map(),
        },
        'content',
      )
      equal(await cache.messages(conversationId(1), null, 50), [], 'messages')
      await cache.close()
    },
  },
  {
    name: '[SYNC-2] data and cursor of one write are there together after opening again',
    async run(open, userId) {
      const cache = await open(userId)
      await cache.write({
        meta: { epoch: 'first' },
        conversations: [held(1, 2)],
        messages: [message(1), message(2)],
        users: [user(2)],
        account: [contact(2, 1)],
      })
      await cache.write({ meta: { accountRev: 1 } })
      await cache.close()
      const again = await open(userId)
      const content = await again.read()
      equal(content.meta, { epoch: 'first', accountRev: 1, profilesRev: null }, 'meta')
      equal(content.conversations, [held(1, 2)], 'conversations')
      equal(content.users, [user(2)], 'users')
      equal(content.account, [contact(2, 1)], 'account')
      equal(await again.messages(conversationId(1), null, 50), [message(1), message(2)], 'messages')
      await again.close()
    },
  },
  {
    name: '[SYNC-2] a write that cannot be stored changes nothing at all',
    async run(open, userId) {
      const cache = await open(userId)
      await cache.write({ conversations: [held(1, 1)], messages: [message(1)] })
      const body = { text: 'x', cannot: () => 'be stored' }
      const broken: Message = { ...message(3), body }
      await rejects(
        () =>
          cache.write({
            meta: { accountRev: 9 },
            conversations: [held(1, 3)],
            messages: [message(2), broken],
            users: [user(2)],
          }),
        'refused',
      )
      const content = await cache.read()
      equal(content.meta.accountRev, 0, 'meta')
      equal(content.conversations, [held(1, 1)], 'cursor')
      equal(content.users, [], 'users')
      equal(seqs(await cache.messages(conversationId(1), null, 50)), [1], 'messages')
      await cache.close()
    },
  },
  {
    name: 'messages come in seq order, the newest of those below a seq',
    async run(open, userId) {
      const cache = await open(userId)
      await cache.write({ messages: many(30).reverse() })
      await cache.write({ messages: [message(99, 99, conversationId(2))] })
      const page = async (before: number | null, limit: number) =>
        seqs(await cache.messages(conversationId(1), before, limit))
      equal(await page(null, 3), [28, 29, 30], 'newest')
      equal(await page(10, 3), [7, 8, 9], 'before ten')
      equal(await page(3, 10), [1, 2], 'the first')
      equal(await page(1, 10), [], 'none')
      equal(await page(null, 0), [], 'nothing asked')
      equal(await page(null, 100), seqs(many(30)), 'all')
      await cache.close()
    },
  },
  {
    name: 'a message is replaced by its later state, and the same id in two conversations is two messages',
    async run(open, userId) {
      const cache = await open(userId)
      await cache.write({ messages: [message(1), message(2), message(1, 1, conversationId(2))] })
      await cache.write({ messages: [message(1, 3)] })
      equal(await cache.messages(conversationId(1), null, 50), [message(1, 3), message(2)], 'replaced')
      equal(
        await cache.messages(conversationId(2), null, 50),
        [message(1, 1, conversationId(2))],
        'the other conversation',
      )
      await cache.close()
    },
  },
  {
    name: '[SYNC-5] a reset drops the window before the new one is put, and keeps outbox and draft',
    async run(open, userId) {
      const cache = await open(userId)
      await cache.write({ conversations: [held(1, 5)], messages: many(5) })
      await cache.putEntry(entry(1))
      await cache.putDraft(conversationId(1), 'not yet')
      await cache.write({
        dropMessagesOf: [conversationId(1)],
        conversations: [held(1, 302)],
        messages: [message(301), message(302)],
      })
      equal(seqs(await cache.messages(conversationId(1), null, 50)), [301, 302], 'window')
      const content = await cache.read()
      equal(content.outbox, [entry(1)], 'outbox')
      equal(content.drafts, new Map([[conversationId(1), 'not yet']]), 'draft')
      await cache.close()
    },
  },
  {
    name: '[SYNC-7] clearing takes all that came from the server and the marks, never outbox and drafts',
    async run(open, userId) {
      const cache = await open(userId)
      await cache.write({
        meta: { epoch: 'old', accountRev: 4, profilesRev: 7 },
        conversations: [held(1, 1), held(2, 1)],
        messages: [message(1)],
        users: [user(2)],
        account: [contact(2, 1)],
      })
      await cache.putEntry(entry(1))
      await cache.putDraft(conversationId(1), 'kept')
      await cache.putPendingMarks(conversationId(1), { deliveredSeq: 1, readSeq: 1 })
      await cache.write({ clear: true, meta: { epoch: 'new' }, conversations: [held(2, 9)] })
      equal(
        await cache.read(),
        {
          meta: { epoch: 'new', accountRev: 0, profilesRev: null },
          conversations: [held(2, 9)],
          users: [],
          account: [],
          outbox: [entry(1)],
          drafts: new Map([[conversationId(1), 'kept']]),
          pendingMarks: new Map(),
        },
        'content',
      )
      equal(await cache.messages(conversationId(1), null, 50), [], 'messages')
      await cache.close()
    },
  },
  {
    name: '[MEM-2] removing a conversation takes its messages and draft, its outbox stays, others are untouched',
    async run(open, userId) {
      const cache = await open(userId)
      await cache.write({
        conversations: [held(1, 1), held(2, 1)],
        messages: [message(1), message(1, 1, conversationId(2))],
      })
      await cache.putEntry(entry(1))
      for (const id of [conversationId(1), conversationId(2)]) await cache.putDraft(id, 'draft')
      await cache.write({ removeConversations: [conversationId(1)] })
      const content = await cache.read()
      equal(content.conversations, [held(2, 1)], 'conversations')
      equal(content.drafts, new Map([[conversationId(2), 'draft']]), 'drafts')
      equal(content.outbox, [entry(1)], 'outbox')
      equal(await cache.messages(conversationId(1), null, 50), [], 'its messages')
      equal(seqs(await cache.messages(conversationId(2), null, 50)), [1], 'other messages')
      await cache.write({ removeConversations: [conversationId(2)], conversations: [held(2, 8)] })
      equal((await cache.read()).conversations, [held(2, 8)], 'removed and added again')
      await cache.close()
    },
  },
  {
    name: '[OUT-1] outbox entries survive opening again, in their order, until they are removed',
    async run(open, userId) {
      const cache = await open(userId)
      for (const order of [11, 2, 30]) await cache.putEntry(entry(order))
      await cache.putEntry({ ...entry(2), wasAttempted: true })
      await cache.putEntry(entry(30, 'MEMBER_REQUIRED'))
      await cache.close()
      const again = await open(userId)
      equal(
        (await again.read()).outbox,
        [{ ...entry(2), wasAttempted: true }, entry(11), entry(30, 'MEMBER_REQUIRED')],
        'in order',
      )
      await again.removeEntry(11)
      await again.removeEntry(12)
      equal(
        (await again.read()).outbox.map(({ order }) => order),
        [2, 30],
        'one removed',
      )
      await again.write({ messages: [message(2)], removeEntries: [2, 30] })
      equal((await again.read()).outbox, [], 'removed with the data that acknowledges them')
      await again.close()
    },
  },
  {
    name: '[OUT-2] an added entry gets the place behind all that are held, however many are added at once',
    async run(open, userId) {
      const cache = await open(userId)
      const added = ({ order: _, ...rest }: OutboxEntry) => rest
      equal(await cache.addEntry(added(entry(7)), 7), 7, 'the first takes what it asks for')
      equal(await cache.addEntry(added(entry(7)), 3), 8, 'a lower place than one that is held')
      const orders = await Promise.all([1, 2, 3, 4].map(() => cache.addEntry(added(entry(1)), 20)))
      equal(orders.toSorted(), [20, 21, 22, 23], 'each its own')
      await cache.close()
      const again = await open(userId)
      const content = await again.read()
      equal(
        content.outbox,
        [7, 8, 20, 21, 22, 23].map((order) => ({ ...entry(order < 20 ? 7 : 1), order })),
        'kept',
      )
      await again.close()
    },
  },
  {
    name: 'account entries are kept by key, and a taken away one goes',
    async run(open, userId) {
      const cache = await open(userId)
      await cache.write({ account: [contact(2, 1), contact(3, 2)] })
      await cache.write({ account: [{ ...contact(2, 3), value: null }, contact(3, 4)] })
      equal((await cache.read()).account, [contact(3, 4)], 'account')
      await cache.close()
    },
  },
  {
    name: 'people are replaced by id',
    async run(open, userId) {
      const cache = await open(userId)
      await cache.write({ users: [user(2), user(3)] })
      await cache.write({ users: [user(2, 'Renamed')] })
      equal(byId((await cache.read()).users), [user(2, 'Renamed'), user(3)], 'users')
      await cache.close()
    },
  },
  {
    name: 'drafts and pending marks are kept a conversation, and taken away',
    async run(open, userId) {
      const cache = await open(userId)
      await cache.putDraft(conversationId(1), 'one')
      await cache.putDraft(conversationId(2), 'two')
      await cache.putDraft(conversationId(1), '')
      await cache.putPendingMarks(conversationId(1), { deliveredSeq: 3, readSeq: 2 })
      await cache.putPendingMarks(conversationId(2), { deliveredSeq: 5, readSeq: 5 })
      await cache.putPendingMarks(conversationId(1), null)
      await cache.close()
      const again = await open(userId)
      const content = await again.read()
      equal(content.drafts, new Map([[conversationId(2), 'two']]), 'drafts')
      equal(
        content.pendingMarks,
        new Map([[conversationId(2), { deliveredSeq: 5, readSeq: 5 }]]),
        'pending marks',
      )
      await again.close()
    },
  },
  {
    name: 'what was given or read may be changed without changing what is held',
    async run(open, userId) {
      const cache = await open(userId)
      const given = entry(1)
      const conversation = held(1, 1)
      await cache.putEntry(given)
      await cache.write({ conversations: [conversation] })
      given.wasAttempted = true
      conversation.cursor = 50
      const content = await cache.read()
      content.outbox.forEach((one) => (one.failed = 'INVALID'))
      content.conversations.forEach((one) => (one.cursor = 60))
      const again = await cache.read()
      equal(again.outbox, [entry(1)], 'entry')
      equal(again.conversations, [held(1, 1)], 'conversation')
      await cache.close()
    },
  },
  {
    name: '[SEC-31] destroying deletes everything, the outbox too, and nobody else’s cache',
    async run(open, userId) {
      const otherId = userId.replace(/.$/, (last) => (last === 'f' ? 'e' : 'f')) as UserId
      const other = await open(otherId)
      await other.putDraft(conversationId(1), 'mine')
      await other.close()
      const cache = await open(userId)
      await cache.write({ meta: { epoch: 'e' }, conversations: [held(1, 1)], messages: [message(1)] })
      await cache.putEntry(entry(1))
      await cache.putDraft(conversationId(1), 'draft')
      await cache.destroy()
      const again = await open(userId)
      const content = await again.read()
      equal(
        [content.meta.epoch, content.conversations.length, content.outbox.length, content.drafts.size],
        [null, 0, 0, 0],
        'gone',
      )
      equal(await again.messages(conversationId(1), null, 50), [], 'messages gone')
      await again.close()
      const theirs = await open(otherId)
      equal((await theirs.read()).drafts, new Map([[conversationId(1), 'mine']]), 'the other one’s')
      await theirs.close()
    },
  },
]
