// Strangers get nothing (SEC-9): for every operation of the table, an id that is somebody else's is answered
// exactly like an id that is nobody's, over HTTP and socket; and the same request by one who may is not refused.
// An operation that is missing from the table below does not compile, and fails here.
import { beforeAll, expect, test } from 'vitest'
import {
  operations,
  type ConversationId,
  type InputOf,
  type MediaId,
  type MessageId,
  type OperationName,
  type SessionId,
  type UserId,
} from '@palabre/protocol'
import {
  groupOf,
  newMediaId,
  newMessageId,
  send,
  someConversationId,
  someSessionId,
  someUserId,
  textTo,
} from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { register, type Person } from '../kit/people.ts'
import { beginUpload } from '../kit/upload.ts'
import { askHttp, askHttpRaw, openSocket } from '../kit/wire.ts'
import { useWorld } from '../kit/world.ts'

/** What may be somebody else's. */
interface Ids {
  conversationId: ConversationId
  messageId: MessageId
  userId: UserId
  sessionId: SessionId
  /** An upload that is not finished. */
  mediaId: MediaId
}

interface Probe<N extends OperationName> {
  input: (ids: Ids, mine: Ids) => InputOf<N>
  /** True where even the owner of the ids has no use for this request. */
  isNobodys?: true
}

/** Requests with ids, or why there are none that could belong to somebody else. */
type Probes = { [N in OperationName]: readonly Probe<N>[] | string }

const probes = {
  register: 'no ids; before sign-in',
  login: 'no ids; before sign-in',
  refresh: 'no ids; the token is the proof',
  logout: 'no ids',
  getMe: 'no ids',
  updateMe: 'no ids',
  findUsers: 'no ids; who is found is in users.test.ts',
  getUser: [{ input: ({ userId }) => ({ userId }) }],
  listSessions: 'no ids',
  endSession: [{ input: ({ sessionId }) => ({ sessionId }) }],
  endOtherSessions: 'no ids',
  listContacts: 'no ids',
  addContact: 'the id is open to everybody: an exact username gives it',
  removeContact: [{ input: ({ userId }) => ({ userId }) }],
  createConversation: 'the id is open to everybody: whoever has it may write',
  listConversations: 'no ids',
  getConversation: [{ input: ({ conversationId }) => ({ conversationId }) }],
  updateConversation: [{ input: ({ conversationId }) => ({ conversationId, title: 'Taken over' }) }],
  joinConversation: [{ input: ({ conversationId }) => ({ conversationId }) }],
  leaveConversation: [{ input: ({ conversationId }) => ({ conversationId }) }],
  listMembers: [{ input: ({ conversationId }) => ({ conversationId }) }],
  addMembers: [{ input: ({ conversationId }, mine) => ({ conversationId, userIds: [mine.userId] }) }],
  setRight: [{ input: ({ conversationId }) => ({ conversationId, right: 'send', allowed: 'admins' }) }],
  makeLink: [
    {
      input: ({ conversationId }) => ({
        conversationId,
        expiresInMs: null,
        maxUses: null,
        needsApproval: false,
      }),
    },
  ],
  getLink: [{ input: ({ conversationId }) => ({ conversationId }) }],
  dropLink: [{ input: ({ conversationId }) => ({ conversationId }) }],
  lookAtLink:
    'no ids but a code, whose conversation one need not be in; what is no code is in joining.test.ts',
  joinByLink: 'as lookAtLink',
  listAsking: [{ input: ({ conversationId }) => ({ conversationId }) }],
  answerAsking: [
    { input: ({ conversationId }, mine) => ({ conversationId, userId: mine.userId, isWelcome: true }) },
  ],
  changeRole: [
    { input: ({ conversationId, userId }) => ({ conversationId, userId, role: 'admin' }) },
    {
      input: ({ userId }, mine) => ({ conversationId: mine.conversationId, userId, role: 'admin' }),
      isNobodys: true,
    },
  ],
  removeMember: [
    { input: ({ conversationId, userId }) => ({ conversationId, userId }) },
    { input: ({ userId }, mine) => ({ conversationId: mine.conversationId, userId }), isNobodys: true },
  ],
  sendMessage: [
    { input: ({ conversationId }) => textTo(conversationId, 'let me in') },
    // The id of a message that is there: a stranger must not learn even that (LOG-2).
    { input: ({ conversationId, messageId }) => textTo(conversationId, 'hello', messageId) },
    {
      input: ({ messageId }, mine) => ({ ...textTo(mine.conversationId, 'look'), replyTo: messageId }),
      isNobodys: true,
    },
    {
      input: ({ userId }, mine) => ({ ...textTo(mine.conversationId, '@'), mentions: [userId] }),
      isNobodys: true,
    },
  ],
  editMessage: [
    {
      input: ({ conversationId, messageId }) => ({
        conversationId,
        id: messageId,
        bodyRev: 2,
        body: { text: 'hello' },
      }),
    },
    {
      input: ({ messageId }, mine) => ({
        conversationId: mine.conversationId,
        id: messageId,
        bodyRev: 2,
        body: { text: 'x' },
      }),
      isNobodys: true,
    },
  ],
  deleteMessage: [
    { input: ({ conversationId, messageId }) => ({ conversationId, id: messageId }) },
    {
      input: ({ messageId }, mine) => ({ conversationId: mine.conversationId, id: messageId }),
      isNobodys: true,
    },
  ],
  getMessage: [
    { input: ({ conversationId, messageId }) => ({ conversationId, id: messageId }) },
    {
      input: ({ messageId }, mine) => ({ conversationId: mine.conversationId, id: messageId }),
      isNobodys: true,
    },
  ],
  listMessages: [
    { input: ({ conversationId }) => ({ conversationId }) },
    { input: ({ conversationId }) => ({ conversationId, around: 2 }) },
  ],
  messagesSince: 'no ids; whose messages come is in messages.test.ts',
  searchMessages: [
    { input: ({ conversationId }) => ({ conversationId, query: 'hello' }) },
    {
      input: ({ conversationId }, { userId }) => ({ conversationId, query: 'hello', from: userId, limit: 1 }),
    },
  ],
  getDigests: [{ input: ({ conversationId }) => ({ conversationId, from: 1 }) }],
  keep: [
    {
      input: ({ conversationId }) => ({ change: { keep: 'pin', conversationId, at: 1, isPinned: true } }),
    },
    {
      input: ({ conversationId }) => ({
        change: {
          keep: 'schedule',
          conversationId,
          id: newMessageId(),
          at: 1,
          message: { sendAt: Date.now() + 3_600_000, text: 'later', replyTo: null, mentions: [] },
        },
      }),
    },
    {
      input: ({ conversationId, messageId: id }) => ({ change: { keep: 'hide', conversationId, id, at: 1 } }),
    },
    {
      input: ({ messageId: id }, { conversationId }) => ({
        change: { keep: 'star', conversationId, id, at: 1, isStarred: true },
      }),
      isNobodys: true,
    },
  ],
  listStarred: 'no ids; what one has starred in a conversation that one has left is in keeping.test.ts',
  getUpload: [{ input: ({ mediaId }) => ({ id: mediaId }) }],
  openMedia: 'no ids; over HTTP alone',
  listMedia: [{ input: ({ conversationId }) => ({ conversationId, what: 'shown' }) }],
  setPhoto: [{ input: ({ mediaId }) => ({ mediaId }), isNobodys: true }],
  setConversationPhoto: [
    { input: ({ conversationId }) => ({ conversationId, mediaId: null }) },
    { input: ({ mediaId }, { conversationId }) => ({ conversationId, mediaId }), isNobodys: true },
  ],
  deleteMe: 'no ids',
  listPeople: 'to whoever is no operator it is not there: accounts.test.ts',
  suspendPerson: 'to whoever is no operator it is not there: accounts.test.ts',
  endPersonSessions: 'to whoever is no operator it is not there: accounts.test.ts',
  listGroups: 'to whoever is no operator it is not there: accounts.test.ts',
  getStorage: 'to whoever is no operator it is not there: accounts.test.ts',
  getHealth: 'to whoever is no operator it is not there: accounts.test.ts',
  report: [
    { input: ({ userId }) => ({ userId, reason: 'spam' }) },
    {
      input: ({ userId, conversationId, messageId }) => ({
        userId,
        conversationId,
        alongIds: [messageId],
        reason: 'spam',
      }),
    },
    {
      input: ({ userId }, mine) => ({
        userId,
        conversationId: mine.conversationId,
        messageId: mine.messageId,
        reason: 'spam',
      }),
      isNobodys: true,
    },
  ],
  listReports: 'to whoever is no operator it is not there: accounts.test.ts',
  getReport: 'to whoever is no operator it is not there: accounts.test.ts',
  decideReport: 'to whoever is no operator it is not there: accounts.test.ts',
  removeReportedMedia: 'to whoever is no operator it is not there: accounts.test.ts',
  setTimer: [{ input: ({ conversationId }) => ({ conversationId, expireAfterMs: 3_600_000 }) }],
  pinMessage: [
    { input: ({ conversationId, messageId }) => ({ conversationId, id: messageId, forMs: 86_400_000 }) },
    {
      input: ({ messageId }, mine) => ({
        conversationId: mine.conversationId,
        id: messageId,
        forMs: 86_400_000,
      }),
      isNobodys: true,
    },
  ],
  unpinMessage: [{ input: ({ conversationId, messageId }) => ({ conversationId, id: messageId }) }],
  react: [
    { input: ({ conversationId, messageId }) => ({ conversationId, id: messageId, emoji: '👍' }) },
    {
      input: ({ messageId }, mine) => ({ conversationId: mine.conversationId, id: messageId, emoji: '👍' }),
      isNobodys: true,
    },
  ],
  votePoll: [
    {
      input: ({ conversationId, messageId }) => ({ conversationId, id: messageId, choices: [0] }),
      isNobodys: true,
    },
  ],
  closePoll: [
    { input: ({ conversationId, messageId }) => ({ conversationId, id: messageId }), isNobodys: true },
  ],
  markDelivered: [{ input: ({ conversationId }) => ({ conversationId, seq: 1 }) }],
  markRead: [{ input: ({ conversationId }) => ({ conversationId, seq: 1 }) }],
  listReceipts: [{ input: ({ conversationId }) => ({ conversationId, seq: 1 }) }],
  setTyping: [{ input: ({ conversationId }) => ({ conversationId, state: 'typing' }) }],
  setStatus: 'no ids',
  getPush: 'no ids',
  subscribePush: 'no ids; whose an endpoint is follows from who says it last',
  unsubscribePush: 'no ids',
  testPush: 'no ids but one that the device makes up',
  watchPresence: [{ input: ({ userId }) => ({ userIds: [userId] }) }],
  getServer: 'no ids; before sign-in',
  prove: 'no ids',
  setAccountRole: 'to whoever is no operator it is not there: accounts.test.ts',
  createInvite: 'to whoever is no operator it is not there: accounts.test.ts',
  listInvites: 'to whoever is no operator it is not there: accounts.test.ts',
  revokeInvite: 'to whoever is no operator it is not there: accounts.test.ts',
  createResetCode: 'to whoever is no operator it is not there: accounts.test.ts',
  changePassword: 'no ids',
  makeRecoveryCodes: 'no ids',
  getSecurity: 'no ids',
  loginWithPasskey: 'no ids; before sign-in',
  beginTotp: 'no ids',
  confirmTotp: 'no ids',
  removeTotp: 'no ids',
  beginPasskey: 'no ids',
  addPasskey: 'no ids; the challenge says whose it is',
  removePasskey: 'an id of one’s own list alone',
  beginPasskeyLogin: 'no ids; before sign-in',
  resetPassword: 'no ids; before sign-in',
  listAudit: 'to whoever is no operator it is not there: accounts.test.ts',
  sync: [
    { input: ({ conversationId }) => ({ conversations: { [conversationId]: 1 }, account: 0 }) },
    { input: ({ conversationId }) => ({ conversations: {}, account: 0, only: [conversationId] }) },
  ],
} satisfies Probes

type AnyProbe = { input: (ids: Ids, mine: Ids) => InputOf<OperationName>; isNobodys?: true }

onEachStore('[SEC-9] on %s', { isLong: true }, (store) => {
  const world = useWorld(store, { DIRECTORY: 'contacts' })
  let alice: Person, bob: Person, carol: Person

  beforeAll(async () => {
    const { url } = world.server
    ;[alice, bob, carol] = await Promise.all([
      register(url, 'alice'),
      register(url, 'bob'),
      register(url, 'carol'),
    ])
    // The directory is closed, but not they: what is refused here is refused for not being theirs.
    for (const person of [alice, bob, carol])
      for (const matter of ['write', 'add'] as const)
        await person.does('keep', {
          change: { keep: 'privacy', at: Date.now(), matter, who: 'everyone' },
        })
  })

  async function begun(by: Person): Promise<MediaId> {
    return (await beginUpload(world.server.url, by, { bytes: 10, purpose: 'photo' })).id
  }

  /** A second session of alice, for the operation that ends it. */
  async function sessionFor(name: OperationName): Promise<SessionId> {
    if (name !== 'endSession') return alice.sessionId
    const { username, password } = alice
    const phone = await askHttp(world.server.url, 'login', { username, password, tokens: 'body' })
    if (!phone.ok) throw new Error('not signed in')
    return phone.output.session.id
  }

  test('every operation is looked at here', () => {
    expect(Object.keys(probes).sort()).toEqual(Object.keys(operations).sort())
  })

  const withIds = Object.entries(probes as Record<string, readonly AnyProbe[] | string>).flatMap(
    ([name, list]) =>
      typeof list === 'string' ? [] : list.map((probe, i) => ({ name: name as OperationName, probe, i })),
  )

  test.each(withIds)('$name ($i): somebody else’s is answered like nobody’s', async ({ name, probe }) => {
    const { url } = world.server
    const conversationId = await groupOf(alice, bob)
    const message = await send(alice, conversationId, 'hello')
    const own = await groupOf(carol)
    const theirs: Ids = {
      conversationId,
      messageId: message.id,
      userId: bob.id,
      sessionId: await sessionFor(name),
      mediaId: await begun(alice),
    }
    const nobodys: Ids = {
      conversationId: someConversationId(),
      messageId: newMessageId(),
      userId: someUserId(),
      sessionId: someSessionId(),
      mediaId: newMediaId(),
    }
    const mine: Ids = {
      conversationId: own,
      messageId: (await send(carol, own, 'mine')).id,
      userId: carol.id,
      sessionId: carol.sessionId,
      mediaId: await begun(carol),
    }

    const socket = await openSocket(url, carol.token)
    const answers = async (ids: Ids) => {
      const input = probe.input(ids, mine) as Record<string, unknown>
      const overHttp = await askHttpRaw(url, name, input, { token: carol.token })
      const overSocket = await socket.emit(operations[name].socket!, input)
      return [overHttp.status, plain(overHttp.json, ids), plain(overSocket, ids)]
    }
    try {
      expect(await answers(theirs)).toEqual(await answers(nobodys))
    } finally {
      socket.close()
    }
    // Nothing has happened: alice finds everything as it was, and may herself do what was asked.
    const { conversation } = await alice.does('getConversation', { conversationId })
    expect(conversation).toMatchObject({ rev: 2, memberCount: 2, title: 'Walkers' })
    if (probe.isNobodys === true) return
    const allowed = await askHttpRaw(url, name, probe.input(theirs, mine), {
      token: alice.token,
    })
    expect([allowed.status < 300, allowed.json]).toEqual([true, allowed.json])
    // Whom alice has just added must be a stranger again for the next operation.
    if (name === 'addMembers') await carol.does('removeMember', { conversationId, userId: carol.id })
  })
})

/** Without what names the request itself, and with every id that was asked about under one name. */
function plain(answer: unknown, ids: Ids): string {
  const text = JSON.stringify(answer, (key, value: unknown) =>
    ['requestId', 'instance', 'createdAt', 'sentAt', 'lastSeen', 'now'].includes(key) ? undefined : value,
  )
  return Object.entries(ids).reduce((all, [name, id]) => all.replaceAll(String(id), name), text)
}
