// A person's script: sends over HTTP without a socket, one message after the other, each again with the same id until
// it is answered. Requests are repeated and delayed on the way (P2). What is acknowledged is told as of a device of
// its own, which shows nothing.
import { v7 } from 'uuid'
import { createClient } from '@palabre/client'
import { PalabreError, type ConversationId, type MessageId } from '@palabre/protocol'
import type { Hand } from './hand.ts'
import type { DeedOrder } from './orders.ts'

export interface HttpSender {
  /** Sends in turn. */
  send(order: DeedOrder): void
}

const againAfterMs = 250
/** Then it gives up on a message, and nothing is known of it. */
const attempts = 60

export function createHttpSender(hand: Hand): HttpSender {
  const { order } = hand
  // A new lane in each process: what an earlier one had under way may still arrive.
  const device = `${order.name}-http-${process.pid}`
  const client = createClient({
    url: order.url,
    tokens: 'body',
    deviceName: device,
    // Never a socket: every call goes over HTTP.
    signals: { isOnline: () => false, isVisible: () => true, subscribe: () => () => undefined },
  })
  let line: Promise<void> = Promise.resolve()

  async function deliver({ where, text }: DeedOrder): Promise<void> {
    const [tab] = hand.tabs()
    if (tab === undefined) return
    const all = tab.client.conversations.list.get().conversations.map((view) => view.conversation.id)
    const conversationId = all.sort()[Math.floor(where * all.length)]
    if (conversationId === undefined) return
    const id = v7() as MessageId
    hand.tell({ step: 'typed', ...of(conversationId, id), text })
    const input = { conversationId, id, kind: 'text' as const, body: { text }, sentAt: Date.now() }
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      try {
        if (client.me.get() === null)
          await client.auth.login({ username: order.username, password: order.password })
        await client.call('sendMessage', input)
        hand.tell({ step: 'acked', ...of(conversationId, id) })
        return
      } catch (error) {
        if (error instanceof PalabreError && error.retry === 'never' && client.me.get() !== null) return
        await new Promise((done) => setTimeout(done, againAfterMs))
      }
    }
  }

  function of(conversation: ConversationId, id: string) {
    return { at: hand.at(), device, user: order.user, conversation, id }
  }

  return {
    send(deed) {
      line = line.then(() => deliver(deed)).catch(() => undefined)
    },
  }
}
