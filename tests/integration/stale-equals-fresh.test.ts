// I10: "stale state + events = fresh state", after every operation of the table. Three people have devices that
// only follow by events; one operation after the other is done by hand, and after each of them every device must
// hold what a device gets that starts afresh. An operation that is missing below does not compile.
import { createECDH, randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { v7 } from 'uuid'
import {
  InviteId,
  ReportId,
  operations,
  type ConversationId,
  type InputOf,
  type MediaId,
  type Message,
  type MessageId,
  type OperationName,
} from '@palabre/protocol'
import { directOf, groupOf, newMessageId, send, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { register, type Person } from '../kit/people.ts'
import { everyoneAgrees } from '../kit/same.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { askHttp } from '../kit/wire.ts'
import { mediaTo, picture, uploaded } from '../kit/upload.ts'

interface Stage {
  url: string
  alice: Person
  bob: Person
  carol: Person
  /** Of alice (owner), bob and carol. */
  group: ConversationId
  /** Alice's newest message there. */
  message: Message
}

/** What is done; reading operations are done too, since reading must change nothing. */
type Steps = { [N in OperationName]: (stage: Stage) => Promise<unknown> }

async function another({ url, alice }: Stage) {
  const { username, password } = alice
  const answer = await askHttp(url, 'login', { username, password, tokens: 'body' })
  if (!answer.ok) throw new Error('not signed in')
  return answer.output
}

/** Asked by alice. */
async function poll({ alice, group }: Stage): Promise<MessageId> {
  const id = newMessageId()
  const body = { question: 'Tea?', options: ['yes', 'no'], isMultiple: false }
  await alice.does('sendMessage', { conversationId: group, id, kind: 'poll', body, sentAt: 0 })
  return id
}

const linkOf = (admin: Person, conversationId: ConversationId, needsApproval: boolean) =>
  admin.does('makeLink', { conversationId, expiresInMs: null, maxUses: null, needsApproval })

/** Alice, who came first, decides about what carol has reported of bob. */
async function decided(
  { alice, bob, carol, group }: Stage,
  outcome: 'warned' | null,
  mediaId: MediaId | null = null,
) {
  const { id } = (await bob.does('listMessages', { conversationId: group, limit: 1 })).messages[0] ?? {}
  await carol.does('report', { userId: bob.id, conversationId: group, messageId: id, reason: 'spam' })
  await alice.does('prove', { password: alice.password })
  const [report] = (await alice.does('listReports', {})).reports
  const reportId = report?.id ?? ReportId.parse(v7())
  if (outcome !== null) await alice.does('decideReport', { reportId, outcome, words: 'Be kind.' })
  if (mediaId !== null) await alice.does('removeReportedMedia', { reportId, mediaId })
}

const steps: Steps = {
  register: async ({ url, bob }) =>
    bob.does('createConversation', { kind: 'direct', userId: (await register(url, 'dave')).id }),
  login: another,
  refresh: async (stage) => {
    const { refreshToken = '' } = await another(stage)
    return askHttp(stage.url, 'refresh', { refreshToken, tokens: 'body' })
  },
  logout: async (stage) => askHttp(stage.url, 'logout', {}, (await another(stage)).accessToken),
  getMe: ({ alice }) => alice.does('getMe', {}),
  updateMe: ({ bob }) => bob.does('updateMe', { displayName: 'Robert', about: 'Hello there' }),
  findUsers: ({ alice, bob }) => alice.does('findUsers', { query: bob.username }),
  getUser: ({ alice, bob }) => alice.does('getUser', { userId: bob.id }),
  listSessions: ({ alice }) => alice.does('listSessions', {}),
  endSession: async (stage) =>
    stage.alice.does('endSession', { sessionId: (await another(stage)).session.id }),
  endOtherSessions: async ({ url }) => (await register(url, 'erin')).does('endOtherSessions', {}),
  listContacts: ({ alice }) => alice.does('listContacts', {}),
  addContact: ({ alice, bob }) => alice.does('addContact', { userId: bob.id }),
  removeContact: async ({ alice, bob, carol }) => {
    await alice.does('addContact', { userId: carol.id })
    await alice.does('removeContact', { userId: bob.id })
  },
  createConversation: async ({ alice, bob, carol }) => {
    await alice.does('createConversation', { kind: 'direct', userId: bob.id })
    await carol.does('createConversation', { kind: 'group', title: 'Another', memberIds: [alice.id] })
  },
  listConversations: ({ alice }) => alice.does('listConversations', {}),
  getConversation: ({ alice, group }) => alice.does('getConversation', { conversationId: group }),
  updateConversation: ({ alice, group }) =>
    alice.does('updateConversation', { conversationId: group, title: 'New title', description: 'New words' }),
  joinConversation: ({ bob, group }) => bob.does('joinConversation', { conversationId: group }),
  leaveConversation: ({ bob, group }) => bob.does('leaveConversation', { conversationId: group }),
  listMembers: ({ bob, group }) => bob.does('listMembers', { conversationId: group }),
  addMembers: async ({ alice, bob, carol }) => {
    const small = await groupOf(alice, bob)
    await send(alice, small, 'before carol')
    await alice.does('addMembers', { conversationId: small, userIds: [carol.id] })
    await send(bob, small, 'after carol')
  },
  changeRole: async ({ alice, bob, carol, group }) => {
    await alice.does('changeRole', { conversationId: group, userId: bob.id, role: 'admin' })
    await bob.does('changeRole', { conversationId: group, userId: carol.id, role: 'admin' })
    await alice.does('changeRole', { conversationId: group, userId: carol.id, role: 'member' })
  },
  setRight: async ({ alice, bob, carol }) => {
    const ruled = await groupOf(alice, bob, carol)
    await alice.does('setRight', { conversationId: ruled, right: 'send', allowed: 'admins' })
    await alice.does('setRight', { conversationId: ruled, right: 'edit', allowed: 'everyone' })
    await bob.does('updateConversation', { conversationId: ruled, title: 'Ruled' })
  },
  makeLink: ({ alice, group }) => linkOf(alice, group, true),
  getLink: async ({ alice, group }) => {
    await linkOf(alice, group, true)
    await alice.does('getLink', { conversationId: group })
  },
  dropLink: async ({ alice, group }) => {
    await linkOf(alice, group, true)
    await alice.does('dropLink', { conversationId: group })
  },
  lookAtLink: async ({ alice, bob }) => {
    const { code } = await linkOf(alice, await groupOf(alice), true)
    await bob.does('lookAtLink', { code })
  },
  joinByLink: async ({ alice, bob, carol }) => {
    const open = await groupOf(alice, carol)
    await send(carol, open, 'before bob')
    await bob.does('joinByLink', { code: (await linkOf(alice, open, false)).code })
    await send(bob, open, 'by the link')
  },
  listAsking: async ({ alice, bob }) => {
    const closed = await groupOf(alice)
    await bob.does('joinByLink', { code: (await linkOf(alice, closed, true)).code })
    await alice.does('listAsking', { conversationId: closed })
  },
  answerAsking: async ({ alice, bob, carol }) => {
    const closed = await groupOf(alice)
    const { code } = await linkOf(alice, closed, true)
    for (const person of [bob, carol]) {
      await person.does('joinByLink', { code })
      const isWelcome = person === bob
      await alice.does('answerAsking', { conversationId: closed, userId: person.id, isWelcome })
    }
  },
  removeMember: async ({ alice, bob, carol }) => {
    const other = await groupOf(alice, bob, carol)
    await send(carol, other, 'my last words')
    await alice.does('removeMember', { conversationId: other, userId: carol.id })
    await alice.does('removeMember', { conversationId: other, userId: alice.id })
  },
  sendMessage: async ({ alice, bob, carol, group }) => {
    const question = await send(alice, group, 'tea?', { mentions: [bob.id] })
    const input = { ...textTo(group, 'yes'), replyTo: question.id }
    await bob.does('sendMessage', input)
    await bob.does('sendMessage', input)
    await Promise.all([send(carol, group, 'me too'), send(alice, group, 'good'), send(bob, group, 'at four')])
  },
  getUpload: async ({ url, alice }) => {
    const { id } = await uploaded(url, alice, Buffer.from('words'), 'file')
    return alice.does('getUpload', { id })
  },
  openMedia: ({ alice }) => alice.does('openMedia', {}),
  listMedia: async ({ url, alice, bob, group: conversationId }) => {
    const { id } = await uploaded(url, alice, Buffer.from('words'), 'file')
    await alice.does('sendMessage', mediaTo(conversationId, 'file', id))
    return bob.does('listMedia', { conversationId, what: 'files' })
  },
  setPhoto: async ({ url, bob }) => {
    const { id } = await uploaded(url, bob, await picture(), 'photo')
    await bob.does('setPhoto', { mediaId: id })
  },
  setConversationPhoto: async ({ url, alice, group: conversationId }) => {
    const { id } = await uploaded(url, alice, await picture(), 'photo')
    await alice.does('setConversationPhoto', { conversationId, mediaId: id })
  },
  editMessage: ({ alice, group, message: { id, bodyRev } }) =>
    alice.does('editMessage', { conversationId: group, id, bodyRev, body: { text: 'edited' } }),
  deleteMessage: async ({ bob, alice, group, message }) => {
    const regretted = await send(bob, group, 'regretted')
    await bob.does('deleteMessage', { conversationId: group, id: regretted.id })
    await alice.does('deleteMessage', { conversationId: group, id: message.id })
  },
  getMessage: ({ bob, group, message: { id } }) => bob.does('getMessage', { conversationId: group, id }),
  listMessages: ({ bob, group }) => bob.does('listMessages', { conversationId: group, around: 2 }),
  messagesSince: ({ bob }) => bob.does('messagesSince', { timestamp: 0 }),
  searchMessages: ({ bob, group }) => bob.does('searchMessages', { conversationId: group, query: 'a' }),
  getDigests: ({ bob, group }) => bob.does('getDigests', { conversationId: group, from: 1 }),
  keep: async ({ alice, bob, carol, group: conversationId, message: { id, seq } }) => {
    const at = Date.now()
    const keep = (change: InputOf<'keep'>['change']) => bob.does('keep', { change })
    await send(carol, conversationId, 'another')
    await keep({ keep: 'hide', conversationId, id, at })
    await alice.does('react', { conversationId, id, emoji: '🎉' })
    await keep({ keep: 'pin', conversationId, at, isPinned: true })
    await keep({ keep: 'mute', conversationId, at, mutedUntil: at + 3_600_000 })
    await keep({ keep: 'unread', conversationId, at, isMarkedUnread: true })
    await keep({ keep: 'draft', conversationId, at, text: 'half a', replyTo: null })
    const later = { sendAt: at + 3_600_000, text: 'later', replyTo: null, mentions: [] }
    await keep({ keep: 'schedule', conversationId, id: newMessageId(), at, message: later })
    await keep({
      keep: 'schedule',
      conversationId,
      id: newMessageId(),
      at,
      message: { ...later, sendAt: 0, text: 'now' },
    })
    await keep({ keep: 'name', userId: alice.id, at, name: 'My sister' })
    const starred = await send(carol, conversationId, 'to be kept')
    await keep({ keep: 'star', conversationId, id: starred.id, at, isStarred: true })
    await keep({ keep: 'archive', conversationId, at, seq: starred.seq })
    await carol.does('keep', { change: { keep: 'clear', conversationId, at, seq, isDeleted: false } })
    const direct = await directOf(alice, carol)
    const { seq: last } = await send(carol, direct, 'gone for me')
    await alice.does('keep', {
      change: { keep: 'clear', conversationId: direct, at, seq: last, isDeleted: true },
    })
  },
  getServer: ({ alice }) => alice.does('getServer', {}),
  prove: ({ alice }) => alice.does('prove', { password: alice.password }),
  // Whoever came first may; to the others it is not there.
  setAccountRole: ({ alice, bob }) => alice.ask('setAccountRole', { userId: bob.id, role: 'operator' }),
  createInvite: ({ alice }) => alice.ask('createInvite', {}),
  listInvites: ({ alice }) => alice.ask('listInvites', {}),
  revokeInvite: ({ alice }) => alice.ask('revokeInvite', { inviteId: InviteId.parse(v7()) }),
  createResetCode: ({ alice, bob }) => alice.ask('createResetCode', { userId: bob.id }),
  changePassword: async ({ url }) => {
    const frank = await register(url, 'frank')
    return frank.does('changePassword', { password: frank.password, newPassword: 'quite another phrase' })
  },
  loginWithPasskey: ({ url }) => askHttp(url, 'beginPasskeyLogin', {}),
  beginTotp: ({ bob }) => bob.does('beginTotp', {}),
  confirmTotp: ({ bob }) => bob.ask('confirmTotp', { code: '000000' }),
  removeTotp: ({ bob }) => bob.does('removeTotp', {}),
  beginPasskey: ({ bob }) => bob.ask('beginPasskey', {}),
  addPasskey: ({ bob }) => bob.ask('beginPasskey', {}),
  removePasskey: ({ bob }) => bob.ask('removePasskey', { passkeyId: 'aaaa' }),
  beginPasskeyLogin: ({ url }) => askHttp(url, 'beginPasskeyLogin', {}),
  makeRecoveryCodes: ({ bob }) => bob.does('makeRecoveryCodes', {}),
  getSecurity: ({ bob }) => bob.does('getSecurity', {}),
  resetPassword: async ({ url }) => {
    const gina = await register(url, 'gina')
    const [code = ''] = (await gina.does('makeRecoveryCodes', {})).codes
    return askHttp(url, 'resetPassword', {
      username: gina.username,
      code,
      newPassword: 'quite another phrase',
    })
  },
  listPeople: ({ alice }) => alice.ask('listPeople', {}),
  suspendPerson: ({ alice, bob }) => alice.ask('suspendPerson', { userId: bob.id, isSuspended: false }),
  endPersonSessions: async ({ url, alice }) =>
    alice.ask('endPersonSessions', { userId: (await register(url, 'frank')).id }),
  listGroups: ({ alice }) => alice.ask('listGroups', {}),
  getStorage: ({ alice }) => alice.ask('getStorage', {}),
  getHealth: ({ alice }) => alice.ask('getHealth', {}),
  report: async ({ alice, bob, group }) => {
    const { id } = await send(bob, group, 'rude')
    await alice.does('report', { userId: bob.id, conversationId: group, messageId: id, reason: 'harassment' })
  },
  listReports: ({ alice }) => alice.ask('listReports', {}),
  getReport: ({ alice }) => alice.ask('getReport', { reportId: ReportId.parse(v7()) }),
  decideReport: async (stage) => {
    await send(stage.bob, stage.group, 'rude')
    await decided(stage, 'warned')
  },
  removeReportedMedia: async (stage) => {
    const { id } = await uploaded(stage.url, stage.bob, Buffer.from('bad words'), 'file')
    await stage.bob.does('sendMessage', mediaTo(stage.group, 'file', id))
    await decided(stage, null, id)
  },
  listAudit: ({ alice }) => alice.ask('listAudit', {}),
  listStarred: ({ bob }) => bob.does('listStarred', {}),
  deleteMe: async ({ url, alice, bob }) => {
    const dave = await register(url, 'dave')
    await directOf(bob, dave)
    await alice.does('createConversation', { kind: 'group', title: 'With dave', memberIds: [dave.id] })
    await dave.does('deleteMe', { password: dave.password, messages: 'erase' })
  },
  setTimer: async ({ alice, group }) => {
    await alice.does('setTimer', { conversationId: group, expireAfterMs: 3_600_000 })
    await send(alice, group, 'not for ever')
  },
  pinMessage: ({ bob, group, message: { id } }) =>
    bob.does('pinMessage', { conversationId: group, id, forMs: 86_400_000 }),
  unpinMessage: async ({ alice, bob, group, message: { id } }) => {
    await bob.does('pinMessage', { conversationId: group, id, forMs: 86_400_000 })
    await alice.does('unpinMessage', { conversationId: group, id })
  },
  react: async ({ alice, bob, group, message: { id } }) => {
    await bob.does('react', { conversationId: group, id, emoji: '👍' })
    await alice.does('react', { conversationId: group, id, emoji: '🎉' })
    await bob.does('react', { conversationId: group, id, emoji: null })
  },
  votePoll: async (stage) => {
    const id = await poll(stage)
    const vote = (choices: number[]) => ({ conversationId: stage.group, id, choices })
    await stage.bob.does('votePoll', vote([1]))
    await stage.carol.does('votePoll', vote([0]))
    await stage.bob.does('votePoll', vote([]))
  },
  closePoll: async (stage) =>
    stage.alice.does('closePoll', { conversationId: stage.group, id: await poll(stage) }),
  markDelivered: ({ carol, group, message: { seq } }) =>
    carol.does('markDelivered', { conversationId: group, seq }),
  markRead: async ({ bob, carol, group, message: { seq } }) => {
    await bob.does('markRead', { conversationId: group, seq })
    await carol.does('markRead', { conversationId: group, seq: seq - 1 })
  },
  listReceipts: ({ alice, group, message: { seq } }) =>
    alice.does('listReceipts', { conversationId: group, seq }),
  setTyping: async ({ bob, group }) => {
    await bob.does('setTyping', { conversationId: group, state: 'typing' })
    await bob.does('setTyping', { conversationId: group, state: 'idle' })
  },
  setStatus: ({ bob }) => bob.does('setStatus', { status: 'away' }),
  watchPresence: ({ alice, bob }) => alice.does('watchPresence', { userIds: [bob.id] }),
  getPush: ({ alice }) => alice.does('getPush', {}),
  subscribePush: ({ bob }) =>
    bob.does('subscribePush', {
      endpoint: `https://fcm.googleapis.com/fcm/send/${randomUUID()}`,
      p256dh: createECDH('prime256v1').generateKeys('base64url'),
      auth: randomBytes(16).toString('base64url'),
      preview: 'none',
      language: 'en',
    }),
  unsubscribePush: ({ bob }) => bob.does('unsubscribePush', {}),
  testPush: ({ alice }) => alice.ask('testPush', { testId: randomUUID() }),
  sync: ({ alice }) => alice.does('sync', { conversations: {}, account: 0 }),
}

onEachStore('on %s', { isLong: true }, (store) => {
  let server: TestServer
  let people: [Person, Person, Person]

  beforeAll(async () => {
    server = await startServer(store)
    const { url } = server
    people = await Promise.all([register(url, 'alice'), register(url, 'bob'), register(url, 'carol')])
    await Promise.all(people.map((person) => person.opens()))
  })
  afterAll(async () => {
    await Promise.all(people.map((person) => person.leaves()))
    await server.stop()
  })

  test.each(Object.keys(steps) as OperationName[])(
    '[P4] after %s, who followed holds what a fresh one gets',
    async (name) => {
      const [alice, bob, carol] = people
      const group = await groupOf(alice, bob, carol)
      const message = await send(alice, group, `before ${name}`)
      await steps[name]({ url: server.url, alice, bob, carol, group, message })
      await everyoneAgrees(server.url, people)
    },
  )

  test('every operation of the table was done', () => {
    expect(Object.keys(steps).sort()).toEqual(Object.keys(operations).sort())
  })
})
