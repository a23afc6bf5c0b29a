// A store with something of every kind in it, and what must still be true of it wherever it was carried: repeats answer
// as before, sessions rotate on, numbers go on.
import { v7 } from 'uuid'
import type {
  AuditEntry,
  ConversationId,
  MediaId,
  OpId,
  PushTarget,
  ReportId,
  SessionId,
  User,
} from '@palabre/protocol'
import { expect } from 'vitest'
import type { BlobId } from '../../blobs/port.ts'
import type { NewErasure } from '../port/erasures.ts'
import type { NewMessage } from '../port/log.ts'
import type { Store } from '../port/store.ts'
import { inviteOf } from './accounts.ts'
import { copyBy, reportBy } from './reports.ts'
import {
  direct,
  expectWhole,
  happen,
  newConversationId,
  newMessageId,
  newOpId,
  person,
  say,
  start,
  textBy,
  upTo,
} from './kit.ts'

export interface Everything {
  epoch: string
  alice: User
  bob: User
  carol: User
  groupId: ConversationId
  directId: ConversationId
  selfId: ConversationId
  /** Sent before. */
  sent: NewMessage
  /** Of an edit, of one that changed nothing, and of the group's creation. */
  opIds: { edit: OpId; nothing: OpId; creation: OpId }
  sessionId: SessionId
}

/** More than two blocks of digests, and more than one batch with what else there is. */
const many = 600

export async function makeEverything(store: Store): Promise<Everything> {
  const [alice, bob, carol, dave] = [
    await person(store, 'Alice Émilie Martin'),
    await person(store, 'بوب'),
    await person(store, '卡罗尔'),
    await person(store),
  ]
  const opIds = { edit: newOpId(), nothing: newOpId(), creation: newOpId() }
  const groupId = newConversationId()
  await store.conversations.createGroup({
    id: groupId,
    messageId: newMessageId(),
    userId: alice.id,
    title: 'Walkers',
    memberIds: [bob.id, carol.id],
    opId: opIds.creation,
    now: start,
  })
  const sent = textBy(alice, groupId, 'once')
  const first = (await store.log.append(sent)).message
  if (first === null) throw new Error('nothing was stored')
  await Promise.all(upTo(many).map((number) => say(store, number % 2 ? alice : bob, groupId, `n ${number}`)))
  await changeSome(store, { alice, bob, groupId, opIds, sent })
  await happen(store, alice, groupId, { event: 'role_changed', userId: bob.id, role: 'admin' })
  await happen(store, bob, groupId, { event: 'title_changed', title: 'Hikers 🥾' })
  await happen(store, bob, groupId, { event: 'description_changed', description: 'On Sundays' })
  await happen(store, alice, groupId, { event: 'member_removed', userId: carol.id })
  await say(store, alice, groupId, 'without carol', { replyTo: first.id, mentions: [bob.id] })
  await happen(store, bob, groupId, { event: 'members_added', userIds: [carol.id, dave.id] })
  await happen(store, dave, groupId, { event: 'member_left', userId: dave.id, heirId: null })
  const last = await say(store, bob, groupId, 'last')
  await store.receipts.mark(groupId, bob.id, { deliveredSeq: last.seq, readSeq: 100 })
  await store.receipts.mark(groupId, carol.id, { deliveredSeq: last.seq - 1 })

  const directId = await direct(store, alice, bob)
  await say(store, alice, directId, 'hello')
  await store.receipts.mark(directId, bob.id, { readSeq: 2 })
  const selfId = await direct(store, carol, carol)
  await say(store, carol, selfId, 'note')

  const sessionId = await someSessions(store, alice, bob)
  await store.account.put(alice.id, `contact:${bob.id}`, { userId: bob.id, addedAt: start })
  await store.account.put(alice.id, `contact:${carol.id}`, { userId: carol.id, addedAt: start })
  await store.account.put(alice.id, `contact:${bob.id}`, null)
  await someMedia(store, alice, groupId)
  await store.users.update(bob.id, { displayName: 'Bob', about: 'about "bob"\n' })
  await store.users.setPasswordHash(carol.id, 'another hash')
  await store.presence.setLastSeen(alice.id, start + 1)
  await store.users.setRole(bob.id, 'operator')
  await store.audit.append(roleChange(alice, bob))
  await store.erasures.request(erased(bob.id))
  await store.invites.create(inviteOf(alice))
  await store.credentials.put(bob.id, 0, '{"recovery":null}')
  await store.overview.suspend(carol.id, start)
  await store.reports.file(reportBy(alice, carol, { copies: [copyBy(bob), copyBy(carol)] }))
  await store.reports.ban('d'.repeat(64) as BlobId, start)
  const { epoch } = store
  return { epoch, alice, bob, carol, groupId, directId, selfId, sent, opIds, sessionId }
}

async function changeSome(
  store: Store,
  { alice, bob, groupId, opIds, sent }: Pick<Everything, 'alice' | 'bob' | 'groupId' | 'opIds' | 'sent'>,
): Promise<void> {
  const of = (opId: OpId | null, movesBody: boolean, user = alice, id = sent.id) => ({
    conversationId: groupId,
    id,
    userId: user.id,
    opId,
    movesBody,
  })
  const text = { text: 'twice "edited" \u2028' }
  await store.log.change(of(opIds.edit, true), (now) =>
    now.kind === 'text' ? { ...now, body: text, editedAt: start + 1 } : now,
  )
  await store.log.change(of(null, false, bob), (now) => ({
    ...now,
    reactions: [{ emoji: '👍', userIds: [bob.id] }],
  }))
  await store.log.change(of(null, false), (now) => ({ ...now, pinnedAt: start + 2 }))
  await store.log.change(of(opIds.nothing, false), (now) => now)
  const deleted = await say(store, alice, groupId, 'to be deleted')
  await store.log.change(of(newOpId(), true, alice, deleted.id), (now) =>
    now.kind === 'text' ? { ...now, body: { text: '' }, deletedAt: start + 3 } : now,
  )
  const expiring = await say(store, bob, groupId, 'brief')
  await store.log.change(of(newOpId(), false, bob, expiring.id), (now) => ({
    ...now,
    expiresAt: start + 4,
    forwarded: true,
  }))
}

/** One is ready, and the group's photo; one is still arriving. */
export async function someMedia(store: Store, alice: User, groupId: ConversationId): Promise<void> {
  const { media } = store
  const upload = (id: MediaId) => ({
    id,
    ownerId: alice.id,
    purpose: 'photo' as const,
    name: 'us.jpg',
    declaredBytes: 100,
    now: start,
  })
  const [id, arriving] = [v7() as MediaId, v7() as MediaId]
  const [blobId, thumbId, idle] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [BlobId, BlobId, BlobId]
  const bounds = { unfinished: 5, bytes: 1_000 }
  await media.begin(upload(id), bounds)
  await media.begin(upload(arriving), bounds)
  for (const blob of [blobId, thumbId, idle]) await media.reserve(blob, start)
  const found = {
    blobId,
    bytes: 80,
    contentType: 'image/webp',
    width: 4,
    height: 4,
    placeholder: 'AAAA',
    thumbId: null,
  }
  await media.settle(id, { found }, start + 1)
  await media.setThumb(id, thumbId)
  await media.setHolder(id, { conversationId: groupId })
  await happen(store, alice, groupId, { event: 'photo_changed', avatarId: id })
  expect((await media.claim(id, start + 2))?.touchedAt).toBe(start + 2)
  expect((await media.byId(arriving))?.state).toBe('arriving')
  expect(await media.isShownTo(alice.id, id, start)).toBe(false)
  expect(await media.drop(id, start + 9)).toBe(false)
  expect(await store.log.gallery(groupId, ['image'], null, 1, 10)).toEqual([])
  expect((await media.page(null, 10)).length).toBe(2)
  expect(await media.condemn(idle, start + 9)).toBe(true)
  await media.forget(idle)
  expect((await media.blobs(null, 10)).length).toBe(2)
}

/** One of them has been rotated. */
async function someSessions(store: Store, alice: User, bob: User): Promise<SessionId> {
  const sessionOf = (user: User, generation: number) => ({
    id: v7() as SessionId,
    userId: user.id,
    deviceName: 'Firefox on Linux',
    createdAt: start,
    lastUsedAt: start,
    generation,
    rotatedAt: start,
    isConfirmed: true,
    salt: 'salt',
    place: '203.0.113.x',
    provedAt: start,
  })
  const [one, other] = [sessionOf(alice, 1), sessionOf(bob, 7)]
  await store.sessions.create(one)
  await store.sessions.create(other)
  await store.sessions.rotate(one.id, 1, start + 5)
  await store.sessions.setPush(one.id, pushOf(one.id))
  return one.id
}

function pushOf(id: SessionId): PushTarget {
  const endpoint = `https://push.example/${id}`
  return { endpoint, p256dh: 'p'.repeat(87), auth: 'a'.repeat(22), preview: 'all', language: 'en' }
}

function roleChange(by: User, of: User): AuditEntry {
  const details = { role: 'operator' }
  return { id: v7(), at: start, actorId: by.id, act: 'role_changed', subjectId: of.id, details }
}

function erased(userId: User['id']): NewErasure {
  const nameHash = 'a hash'
  return { userId, messages: 'erase', requestedAt: start, dueAt: start + 9e12, nameHash, nameUntil: start }
}

/** The store goes on as if nothing had happened. Changes it. */
export async function expectEverything(store: Store, made: Everything): Promise<void> {
  const { alice, bob, carol, groupId, directId, selfId, sent, opIds, sessionId } = made
  expect(store.epoch).toBe(made.epoch)
  expect(await store.log.append(sent)).toMatchObject({ outcome: 'repeat', isFormerMember: false })
  for (const opId of [opIds.edit, opIds.nothing]) {
    const target = { conversationId: groupId, id: sent.id, userId: alice.id, opId, movesBody: true }
    const changed = await store.log.change(target, (now) => ({ ...now, pinnedAt: 1 }))
    expect(changed).toMatchObject({ outcome: 'repeat', message: { pinnedAt: start + 2 } })
  }
  const created = await store.conversations.createGroup({
    id: newConversationId(),
    messageId: newMessageId(),
    userId: alice.id,
    title: 'Walkers',
    memberIds: [],
    opId: opIds.creation,
    now: start,
  })
  expect(created).toMatchObject({ conversationId: groupId, isNew: false })
  expect(await direct(store, bob, alice)).toBe(directId)
  expect(await direct(store, carol, carol)).toBe(selfId)

  expect(await store.sessions.byId(sessionId)).toMatchObject({ generation: 2, isConfirmed: false })
  expect(await store.sessions.push(sessionId)).toEqual(pushOf(sessionId))
  expect(await store.sessions.byId(sessionId)).toMatchObject({ place: '203.0.113.x', provedAt: start })
  expect(await store.sessions.rotate(sessionId, 1, start)).toBe(false)
  expect(await store.users.roleOf(alice.id)).toBe('operator')
  expect(await store.users.roleOf(carol.id)).toBe('member')
  expect(await store.invites.list({ before: null, limit: 9 })).toMatchObject([
    { inviterId: alice.id, usesLeft: 2 },
  ])
  expect((await store.invites.take('hash', start))?.usesLeft).toBe(1)
  expect(await store.credentials.of(bob.id)).toEqual({ rev: 1, value: '{"recovery":null}' })
  expect(await store.audit.list({ before: null, limit: 9 })).toMatchObject([
    { actorId: alice.id, subjectId: bob.id, act: 'role_changed', details: { role: 'operator' } },
  ])
  expect(await store.sessions.rotate(sessionId, 2, start)).toBe(true)
  expect(await store.account.rev(alice.id)).toBe(3)
  expect(await store.account.since(alice.id, 2)).toMatchObject([{ rev: 3, value: null }])
  expect(await store.users.profilesRev()).toBe(5)
  expect(await store.users.byId(bob.id)).toMatchObject({ displayName: 'Bob', about: 'about "bob"\n', rev: 5 })
  expect((await store.users.credentials(carol.username))?.passwordHash).toBe('another hash')
  const found = await store.users.find({ viewerId: alice.id, query: 'emilie', scope: 'all', limit: 1 })
  expect(found.map((user) => user.id)).toEqual([alice.id])

  expect(await store.overview.suspendedAt(carol.id)).toBe(start)
  const [report] = await store.reports.of(carol.id, 'subject')
  expect(report).toMatchObject({
    reporterId: alice.id,
    copies: [{ senderId: bob.id }, { senderId: carol.id }],
  })
  // What it is found by came along.
  if (report !== undefined)
    expect((await store.reports.file({ ...report, id: v7() as ReportId })).id).toBe(report.id)
  expect(await store.reports.isBanned('d'.repeat(64) as BlobId)).toBe(true)
  expect(await store.erasures.of(bob.id)).toMatchObject({
    ...erased(bob.id),
    dueAt: expect.any(Number) as number,
  })
  const before = await store.conversations.byId(groupId)
  const next = await say(store, carol, groupId, 'next')
  expect(next).toMatchObject({ seq: (before?.lastSeq ?? 0) + 1, rev: (before?.rev ?? 0) + 1 })
  for (const id of [groupId, directId, selfId]) {
    await expectWhole(store, id)
    expect(await store.digests.differences(id)).toEqual([])
  }
}
