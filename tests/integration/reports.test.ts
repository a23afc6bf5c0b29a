// Reports from end to end: what goes along and what does not, who may read it, what is decided and who hears of it, files that
// are removed for good, and what is left when somebody in it goes.
import { expect, test } from 'vitest'
import { ReportId, limits, type InputOf, type Output } from '@palabre/protocol'
import { v7 } from 'uuid'
import { movedClock } from '../kit/clock.ts'
import { directOf, groupOf, newMessageId, send, someUserId } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { register, type Person } from '../kit/people.ts'
import { fetchMedia, mediaTo, picture, uploaded } from '../kit/upload.ts'
import { eventually } from '../kit/wait.ts'
import { askHttp, askHttpRaw } from '../kit/wire.ts'
import { useWorld } from '../kit/world.ts'

const appeals = 'Write to help@palabre.example'

onEachStore('on %s', {}, (store) => {
  const clock = movedClock()
  const world = useWorld(store, { APPEALS: appeals }, clock.now)
  let first: Person | null = null

  /** Of this server, having just said the password. */
  async function operator(): Promise<Person> {
    first ??= await register(world.server.url, 'olga')
    await first.does('prove', { password: first.password })
    return first
  }

  /** The report that was made last. */
  async function latest(olga: Person): Promise<Output<'getReport'>['report']> {
    const [line] = (await olga.does('listReports', { limit: 1 })).reports
    return (await olga.does('getReport', { reportId: line?.id ?? ReportId.parse(v7()) })).report
  }

  const noticesOf = async (person: Person) =>
    (await person.does('sync', { conversations: {}, account: 0 })).account?.entries.flatMap(
      ({ key, value }) => (value !== null && 'notice' in value ? [{ key, ...value }] : []),
    ) ?? []

  test('[REP-1] [REP-2] what goes along is what was said, as copies, and nothing else', async () => {
    const olga = await operator()
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const group = await groupOf(alice, bob, carol)
    const said = []
    for (const text of ['not shown', 'before', 'rude words']) said.push(await send(bob, group, text))
    const [, before, rude] = said
    const ids = { messageId: rude?.id ?? newMessageId(), alongIds: [before?.id ?? newMessageId()] }
    const input = {
      userId: bob.id,
      conversationId: group,
      ...ids,
      reason: 'harassment',
      words: 'Again!',
    } as const
    await alice.does('report', input)
    // Said again, it is the same one; and what is edited or deleted afterwards stays as it was.
    await alice.does('report', input)
    await bob.does('deleteMessage', { conversationId: group, id: ids.messageId })
    const { reports } = await olga.does('listReports', {})
    expect(reports.filter(({ subject }) => subject.id === bob.id)).toHaveLength(1)
    expect(JSON.stringify(reports)).not.toMatch(/rude|Again/u)
    const report = await latest(olga)
    expect(report).toMatchObject({
      subject: { id: bob.id },
      reporter: { id: alice.id },
      reason: 'harassment',
      words: 'Again!',
      messageId: rude?.id,
      others: 0,
      outcome: null,
      copies: [
        { said: 'before', senderId: bob.id },
        { said: 'rude words', senderName: 'Bob', id: rude?.id },
      ],
    })
    expect(JSON.stringify(report)).not.toContain('not shown')
  })

  test('[REP-1] [SEC-9] nobody reports what they may not see, what nobody said, or themselves', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const group = await groupOf(bob, carol)
    const early = await send(bob, group, 'before alice')
    await bob.does('addMembers', { conversationId: group, userIds: [alice.id] })
    const pair = await directOf(alice, bob)
    const mine = await send(alice, pair, 'mine')
    const theirs = await send(bob, pair, 'theirs')
    const report = (input: Partial<InputOf<'report'>>) =>
      alice.refusal('report', { userId: bob.id, reason: 'spam', ...input })
    expect(await report({ conversationId: group, messageId: early.id })).toBe('MESSAGE_NOT_FOUND')
    expect(await report({ conversationId: pair, messageId: mine.id })).toBe('MESSAGE_NOT_FOUND')
    expect(await report({ conversationId: pair, messageId: early.id })).toBe('MESSAGE_NOT_FOUND')
    expect(await report({ conversationId: pair, messageId: theirs.id, userId: carol.id })).toBe(
      'MESSAGE_NOT_FOUND',
    )
    expect(await report({ userId: alice.id })).toBe('USER_NOT_FOUND')
    expect(await report({ userId: someUserId() })).toBe('USER_NOT_FOUND')
    expect(await report({ messageId: theirs.id })).toBe('INVALID')
    const many = Array.from({ length: limits.reportAlong + 1 }, newMessageId)
    expect(await report({ conversationId: pair, alongIds: many })).toBe('INVALID')
    expect(await report({ words: 'a'.repeat(limits.reportWords + 1) })).toBe('INVALID')
    const { message } = await bob.does('deleteMessage', { conversationId: pair, id: theirs.id })
    expect(await report({ conversationId: pair, messageId: message?.id ?? theirs.id })).toBe(
      'MESSAGE_NOT_FOUND',
    )
    // Of a person one may say something without a message.
    expect(await report({})).toBeNull()
  })

  test('[REP-3] [SEC-27] operators alone read them, not those about themselves, and each reading is written down', async () => {
    const { url } = world.server
    const olga = await operator()
    const { alice, bob } = await world.accounts('alice', 'bob')
    await directOf(alice, bob)
    await alice.does('report', { userId: bob.id, reason: 'spam' })
    const reportId = (await latest(olga)).id
    const acts = {
      listReports: {},
      getReport: { reportId },
      decideReport: { reportId, outcome: 'dismissed' },
      removeReportedMedia: { reportId, mediaId: newMessageId() },
    } as const
    for (const [name, input] of Object.entries(acts)) {
      const answer = await askHttpRaw(url, name as keyof typeof acts, { ...input }, { token: bob.token })
      expect([name, answer.status]).toEqual([name, 404])
    }
    const [entry] = (await olga.does('listAudit', { limit: 1 })).entries
    expect(entry).toMatchObject({
      act: 'report_read',
      actorId: olga.id,
      subjectId: bob.id,
      details: { reportId },
    })
    // Whoever runs the server cannot read what is said about them, nor by whom.
    await olga.does('setAccountRole', { userId: bob.id, role: 'operator' })
    await bob.does('prove', { password: bob.password })
    expect((await bob.does('listReports', { limit: 100 })).reports.map(({ id }) => id)).not.toContain(
      reportId,
    )
    expect(await bob.refusal('getReport', { reportId })).toBe('NOT_FOUND')
    expect(await bob.refusal('decideReport', { reportId, outcome: 'dismissed' })).toBe('NOT_FOUND')
    await olga.does('setAccountRole', { userId: bob.id, role: 'member' })
    // Without a proof of who one is, no copy is shown.
    clock.moveBy(limits.proofMs + 1)
    expect(await olga.refusal('getReport', { reportId })).toBe('PROOF_REQUIRED')
  })

  test('[REP-4] [REP-5] who is reported hears nothing; who is warned, what and why, and not by whom', async () => {
    const olga = await operator()
    const { alice, bob } = await world.accounts('alice', 'bob')
    const pair = await directOf(alice, bob)
    const { id: messageId } = await send(bob, pair, 'rude')
    const heard: string[] = []
    const socket = await bob.socket()
    socket.socket.onAny((event: string, payload: unknown) => heard.push(JSON.stringify([event, payload])))
    const before = await bob.does('sync', { conversations: {}, account: 0 })
    const words = 'she said that she was afraid'
    await alice.does('report', { userId: bob.id, conversationId: pair, messageId, reason: 'threat', words })
    const { id: reportId } = await latest(olga)
    await socket.ask('getMe', {})
    const after = await bob.does('sync', { conversations: {}, account: 0 })
    expect([heard, after.account]).toEqual([[], before.account])
    await olga.does('decideReport', { reportId, outcome: 'warned', words: 'Be kind.' })
    await eventually(() => (heard.length > 0 ? true : undefined), 'bob is told')
    const notices = await noticesOf(bob)
    expect(notices).toMatchObject([
      { notice: 'warned', reason: 'threat', words: 'Be kind.', appeal: appeals, isRead: false },
    ])
    const told = JSON.stringify([heard, notices])
    for (const secret of [reportId, alice.id, alice.username, pair, messageId, 'afraid', olga.id])
      expect(told).not.toContain(secret)
    // Read on one device, it is read on all; and decided once, it is decided.
    const id = notices[0]?.key.split(':')[2] ?? ''
    await bob.does('keep', { change: { keep: 'notice', id, at: 1 } })
    expect(await noticesOf(bob)).toMatchObject([{ isRead: true }])
    expect((await bob.does('keep', { change: { keep: 'notice', id, at: 2 } })).entry).toBeNull()
    const { report } = await olga.does('decideReport', { reportId, outcome: 'suspended' })
    expect(report).toMatchObject({ outcome: 'warned', closedBy: olga.id, suspendedAt: null })
    expect(await noticesOf(bob)).toMatchObject([{ notice: 'warned', isRead: true }])
    expect((await olga.does('listReports', { state: 'closed' })).reports[0]?.id).toBe(reportId)
  })

  test('[REP-5] [OPS-2] who is suspended is out at once, and told why and how to object at the door', async () => {
    const { url } = world.server
    const olga = await operator()
    const { alice, bob } = await world.accounts('alice', 'bob')
    await directOf(alice, bob)
    await alice.does('report', { userId: bob.id, reason: 'spam' })
    const { id: reportId } = await latest(olga)
    await olga.does('decideReport', { reportId, outcome: 'suspended', words: 'Enough.' })
    const [entry] = (await olga.does('listAudit', { limit: 1 })).entries
    expect(entry).toMatchObject({ act: 'person_suspended', subjectId: bob.id, details: { reportId } })
    expect(await bob.refusal('getMe', {})).toBe('SESSION_ENDED')
    const { username, password } = bob
    const door = await askHttp(url, 'login', { username, password, tokens: 'body' })
    const details = { reason: 'spam', words: 'Enough.', appeal: appeals }
    expect(door).toMatchObject({ ok: false, error: { code: 'ACCOUNT_SUSPENDED', details } })
    const guess = await askHttp(url, 'login', { username, password: 'not this one at all' })
    expect(JSON.stringify(guess)).not.toContain('Enough')
  })

  test('[REP-6] a file is removed by its bytes: everywhere, from the disk, and for good', async () => {
    const { url } = world.server
    const olga = await operator()
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const [group, other] = [await groupOf(alice, bob, carol), await groupOf(bob, carol)]
    const bytes = await picture(90, 60)
    const [one, two] = [await uploaded(url, bob, bytes, 'image'), await uploaded(url, carol, bytes, 'image')]
    const shown = mediaTo(group, 'image', one.id, { text: 'look' })
    await bob.does('sendMessage', shown)
    await carol.does('sendMessage', mediaTo(other, 'image', two.id))
    const innocent = await uploaded(url, bob, await picture(30, 20), 'image')
    await bob.does('sendMessage', mediaTo(group, 'image', innocent.id))
    expect((await fetchMedia(url, olga, one.id)).status).toBe(404)
    const report = { userId: bob.id, conversationId: group, messageId: shown.id, reason: 'sexual' } as const
    await alice.does('report', report)
    // Operators look at what is reported, and at nothing else.
    expect((await fetchMedia(url, olga, one.id)).status).toBe(200)
    expect((await fetchMedia(url, olga, one.id, { part: 'thumbnail' })).status).toBe(200)
    expect((await fetchMedia(url, olga, two.id)).status).toBe(404)
    // Deleted by who sent it, it is held for those who decide.
    const { id: reportId, copies } = await latest(olga)
    expect(copies).toMatchObject([{ said: 'look', media: { id: one.id }, isThere: true }])
    expect(await olga.refusal('removeReportedMedia', { reportId, mediaId: innocent.id })).toBe('NOT_FOUND')
    const removed = await olga.does('removeReportedMedia', { reportId, mediaId: one.id })
    expect(removed).toMatchObject({ messages: 2, report: { copies: [{ isThere: false }] } })
    for (const [person, id] of [
      [bob, one.id],
      [carol, two.id],
      [olga, one.id],
    ] as const)
      expect((await fetchMedia(url, person, id)).status).toBe(404)
    expect((await fetchMedia(url, alice, innocent.id)).status).toBe(200)
    const { message } = await alice.does('getMessage', { conversationId: group, id: shown.id })
    expect(message).toMatchObject({ deletedAt: null, body: { text: 'look', media: null } })
    expect(await noticesOf(bob)).toMatchObject([{ notice: 'media_removed', reason: 'sexual' }])
    expect((await uploaded(url, carol, bytes, 'image')).code).toBe('MEDIA_REMOVED')
    const [entry] = (await olga.does('listAudit', { limit: 1 })).entries
    expect(entry).toMatchObject({ act: 'media_removed', details: { reportId, messages: 2 } })
  })

  test('[EXP-1] [ERASE-7] one takes along what one reported; who is erased is out of every report', async () => {
    const { url } = world.server
    const olga = await operator()
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const group = await groupOf(alice, bob, carol)
    const own = await send(alice, group, 'canary of alice')
    const rude = await send(bob, group, 'rude words of bob')
    await alice.does('report', {
      userId: bob.id,
      conversationId: group,
      messageId: rude.id,
      alongIds: [own.id],
      reason: 'other',
      words: 'canary words',
    })
    await carol.does('report', { userId: alice.id, reason: 'spam' })
    const reportsAbout = async (person: Person) =>
      (await olga.does('listReports', { limit: 100 })).reports.filter(
        ({ subject }) => subject.id === person.id,
      )
    expect(await reportsAbout(alice)).toHaveLength(1)
    await alice.does('prove', { password: alice.password })
    const file = await fetch(`${url}/api/v1/me/export`, {
      headers: { authorization: `Bearer ${alice.token}` },
    })
    expect(Buffer.from(await file.arrayBuffer()).includes('reports.jsonl')).toBe(true)
    await alice.does('deleteMe', { password: alice.password, messages: 'keep' })
    clock.moveBy(limits.erasureGraceMs + 1)
    await olga.returns()
    const report = await eventually(async () => {
      await operator()
      return (await reportsAbout(alice)).length === 0 ? latest(olga) : undefined
    }, 'alice is erased')
    expect(report).toMatchObject({ reporter: null, words: '', subject: { id: bob.id } })
    expect(report.copies).toMatchObject([
      { senderId: null, said: '' },
      { senderId: bob.id, said: 'rude words of bob' },
    ])
    expect(JSON.stringify(report)).not.toContain('canary')
  })
})
