// Coming into a group by its link: what it shows, who may make one, how it ends, asking to be let in, guessing.
import { expect, test } from 'vitest'
import { limits } from '@palabre/protocol'
import { movedClock } from '../kit/clock.ts'
import { directOf, groupOf, send, textsOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

const open = { expiresInMs: null, maxUses: null, needsApproval: false }

onEachStore('on %s', {}, (store) => {
  const clock = movedClock()
  const world = useWorld(store, {}, clock.now)
  const join = (person: Person, code: string) => person.does('joinByLink', { code })
  const refusal = (person: Person, code: string) => person.refusal('joinByLink', { code })

  test('[LINK-1] admins make, show, replace and take away the link; its code is with the server alone', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob)
    const make = { conversationId, ...open }
    expect(await bob.refusal('makeLink', make)).toBe('ROLE_REQUIRED')
    expect(await carol.refusal('makeLink', make)).toBe('MEMBER_REQUIRED')
    expect(await alice.refusal('makeLink', { ...make, maxUses: 0 })).toBe('INVALID')
    expect(await alice.refusal('makeLink', { ...make, expiresInMs: limits.linkMinMs - 1 })).toBe('INVALID')
    expect((await alice.does('getLink', { conversationId })).code).toBeNull()
    const { conversation, code } = await alice.does('makeLink', make)
    expect((await alice.does('getLink', { conversationId })).code).toBe(code)
    expect(await bob.refusal('getLink', { conversationId })).toBe('ROLE_REQUIRED')
    // Neither members nor the log have it.
    expect(JSON.stringify(conversation)).not.toContain(code.slice(24))
    const { messages } = await bob.does('listMessages', { conversationId })
    expect(JSON.stringify(messages)).not.toContain(code.slice(24))

    const second = (await alice.does('makeLink', make)).code
    expect(second).not.toBe(code)
    expect(await refusal(carol, code)).toBe('LINK_INVALID')
    expect(await bob.refusal('dropLink', { conversationId })).toBe('ROLE_REQUIRED')
    await alice.does('dropLink', { conversationId })
    expect(await refusal(carol, second)).toBe('LINK_INVALID')
    const direct = await directOf(alice, bob)
    expect(await alice.refusal('makeLink', { ...make, conversationId: direct })).toBe('ROLE_REQUIRED')
  })

  test('[LINK-2] whoever has it sees what it leads to, comes in, and sees nothing from before', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await groupOf(alice)
    await send(alice, conversationId, 'before you')
    await alice.does('updateConversation', { conversationId, description: 'On Sundays' })
    const { code } = await alice.does('makeLink', { conversationId, ...open })
    const seen = await bob.does('lookAtLink', { code })
    expect(seen).toEqual({
      title: 'Walkers',
      description: 'On Sundays',
      memberCount: 1,
      photo: null,
      needsApproval: false,
      isAsking: false,
      conversationId: null,
    })
    expect(await bob.device.client.groups.join(code)).toEqual({ conversationId, isAsking: false })
    await bob.device.joins(conversationId)
    expect(textsOf(await bob.device.history(conversationId))).toEqual([])
    const said = await send(alice, conversationId, 'welcome')
    await bob.sees(conversationId, said.id)
    // Again: it is where one is.
    expect(await join(bob, code)).toEqual({ conversationId, isAsking: false })
    const { conversation } = await alice.does('getConversation', { conversationId })
    expect(conversation.memberCount).toBe(2)
    expect(conversation.settings.link?.uses).toBe(1)
    const { messages } = await alice.does('listMessages', { conversationId })
    const joined = messages.find(({ senderId, kind }) => kind === 'system' && senderId === bob.id)
    expect(joined?.body).toMatchObject({ event: 'members_added', userIds: [bob.id] })
  })

  test('[LINK-2] [SEC-30] used up, run out and unknown look the same; of two who race for the last use one wins', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice)
    const { code } = await alice.does('makeLink', { conversationId, ...open, maxUses: 1 })
    const codes = await Promise.all([refusal(bob, code), refusal(carol, code)])
    expect(codes.sort()).toEqual(['LINK_INVALID', null].sort())
    const loser = (await bob.refusal('getConversation', { conversationId })) === null ? carol : bob
    const made = code.slice(0, -1) + (code.endsWith('A') ? 'B' : 'A')
    for (const one of [code, made, 'A'.repeat(48)]) {
      const answer = await loser.ask('lookAtLink', { code: one })
      const { code: said, message, details } = answer.ok ? ({} as never) : answer.error
      expect({ said, message, details }).toEqual({ said: 'LINK_INVALID', message, details: undefined })
    }

    const brief = await alice.does('makeLink', { conversationId, ...open, expiresInMs: limits.linkMinMs })
    clock.moveBy(limits.linkMinMs)
    expect(await refusal(loser, brief.code)).toBe('LINK_INVALID')
    expect(await loser.refusal('lookAtLink', { code: brief.code })).toBe('LINK_INVALID')
  })

  test('[LINK-3] who must ask waits until an admin answers, and admins are told on every device', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice)
    await alice.device.joins(conversationId)
    const { code } = await alice.does('makeLink', { conversationId, ...open, needsApproval: true })
    const { groups, conversations } = alice.device.client
    for (const person of [bob, carol]) {
      clock.moveBy(1)
      expect(await join(person, code)).toEqual({ conversationId, isAsking: true })
      expect(await join(person, code)).toEqual({ conversationId, isAsking: true })
    }
    await observed(conversations.one(conversationId), (view) => view?.askers === 2, 'two wait')
    expect((await bob.does('lookAtLink', { code })).isAsking).toBe(true)
    expect(await bob.refusal('getConversation', { conversationId })).toBe('MEMBER_REQUIRED')
    expect((await groups.asking(conversationId)).map(({ user }) => user.id)).toEqual([bob.id, carol.id])
    expect(await bob.refusal('listAsking', { conversationId })).toBe('MEMBER_REQUIRED')
    await groups.answer(conversationId, bob.id, true)
    await groups.answer(conversationId, carol.id, false)
    await bob.device.joins(conversationId)
    await observed(conversations.one(conversationId), (view) => view?.askers === 0, 'nobody waits')
    expect(await carol.refusal('getConversation', { conversationId })).toBe('MEMBER_REQUIRED')
    expect((await carol.does('lookAtLink', { code })).isAsking).toBe(false)
    // Answered already, by another admin: nothing happens.
    await alice.does('answerAsking', { conversationId, userId: carol.id, isWelcome: true })
    expect(await carol.refusal('getConversation', { conversationId })).toBe('MEMBER_REQUIRED')
    const asked = { conversationId, userId: carol.id, isWelcome: true }
    expect(await bob.refusal('answerAsking', asked)).toBe('ROLE_REQUIRED')
    expect(await bob.refusal('listAsking', { conversationId })).toBe('ROLE_REQUIRED')
    // Whoever becomes an admin finds who waits.
    await join(carol, code)
    await alice.does('changeRole', { conversationId, userId: bob.id, role: 'admin' })
    const { asking } = await bob.does('listAsking', { conversationId })
    expect(asking.map(({ user }) => user.id)).toEqual([carol.id])
  })

  test('[LINK-4] who was removed does not come back by the link, but may ask', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await groupOf(alice)
    const { code } = await alice.does('makeLink', { conversationId, ...open })
    await join(bob, code)
    await alice.does('removeMember', { conversationId, userId: bob.id })
    expect((await bob.does('lookAtLink', { code })).needsApproval).toBe(true)
    expect(await join(bob, code)).toEqual({ conversationId, isAsking: true })
    expect(await bob.refusal('getConversation', { conversationId })).toBe('MEMBER_REQUIRED')
    await alice.does('answerAsking', { conversationId, userId: bob.id, isWelcome: true })
    expect(await bob.refusal('getConversation', { conversationId })).toBeNull()
  })
})
