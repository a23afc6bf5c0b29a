// What a group is governed by: its rights, its link, who waits to be let in. Straight to the server, not through the outbox; loaded when it is asked for.
import type { Conversation } from '@palabre/protocol'
import type { Client } from '../api.ts'
import type { Engine } from '../engine.ts'

export function createGroups({ connection, replica, sync }: Engine): Client['groups'] {
  /** The event brings the change itself; without a socket it is asked for. */
  async function level({ id, rev }: Conversation): Promise<void> {
    const cursor = replica.timelines.get(id)?.cursor ?? 0
    if (cursor < rev && !connection.isConnected()) await sync.request([id])
  }

  return {
    async setRight(conversationId, right, allowed) {
      await level((await connection.call('setRight', { conversationId, right, allowed })).conversation)
    },

    async makeLink(conversationId, how) {
      const made = await connection.call('makeLink', { conversationId, ...how })
      await level(made.conversation)
      return made.code
    },

    async link(conversationId) {
      return (await connection.call('getLink', { conversationId })).code
    },

    async dropLink(conversationId) {
      await level((await connection.call('dropLink', { conversationId })).conversation)
    },

    look: (code) => connection.call('lookAtLink', { code }),

    async join(code) {
      const joined = await connection.call('joinByLink', { code })
      // It is mine now: shown even where no event comes.
      if (!joined.isAsking && !replica.timelines.has(joined.conversationId))
        await sync.request([joined.conversationId])
      return joined
    },

    async asking(conversationId) {
      const { asking } = await connection.call('listAsking', { conversationId })
      replica.putUsers(asking.map(({ user }) => user))
      return asking
    },

    async answer(conversationId, userId, isWelcome) {
      await connection.call('answerAsking', { conversationId, userId, isWelcome })
    },
  }
}
