// The program of a crew: a process of its own with some of the devices in it, which the run may kill at any moment.
// It obeys orders that come over Node's channel between processes and tells what it sees; it decides nothing.
import type { Client } from '@palabre/client'
import { doDeed } from './deeds.ts'
import { freshState, openHand, type Hand } from './hand.ts'
import type { Order, Word } from './orders.ts'
import { createHttpSender, type HttpSender } from './http-sender.ts'

/** Pages asked for by one who reads none of them: more than a socket may have waiting. */
const floodPages = 250

const hands = new Map<string, Hand>()
const senders = new Map<string, HttpSender>()

function say(word: Word): void {
  process.send?.(word)
}

async function obey(order: Order): Promise<unknown> {
  switch (order.order) {
    case 'open': {
      hands.set(order.device.name, await openHand(order.device, say))
      return null
    }
    case 'deed': {
      const hand = handOf(order.device)
      if (order.deed.deed !== 'http') await doDeed(hand, order.deed)
      else senderOf(hand).send(order.deed)
      return null
    }
    case 'member': {
      const { conversations } = clientOf(order.device)
      if (order.isWanted) await conversations.addMembers(order.conversation, [order.user])
      else await conversations.removeMember(order.conversation, order.user)
      return null
    }
    case 'mend': {
      const hand = handOf(order.device)
      hand.setClock(0)
      for (const { client } of hand.tabs()) client.presence.setAway(false)
      return null
    }
    case 'reload': {
      await handOf(order.device).reload()
      return null
    }
    case 'killLeader': {
      await handOf(order.device).killLeader(order.beforeWrite)
      return null
    }
    case 'clock': {
      handOf(order.device).setClock(order.ms)
      return null
    }
    case 'flood': {
      flood(clientOf(order.device))
      return null
    }
    case 'glance':
      return handOf(order.device).glance()
    case 'state':
      return handOf(order.device).states()
    case 'fresh':
      return freshState(order.device)
  }
}

function handOf(name: string): Hand {
  const hand = hands.get(name)
  if (hand === undefined) throw new Error(`there is no device ${name} here`)
  return hand
}

function clientOf(name: string): Client {
  const [tab] = handOf(name).tabs()
  if (tab === undefined) throw new Error(`${name} has no tab open`)
  return tab.client
}

function senderOf(hand: Hand): HttpSender {
  const { name } = hand.order
  const known = senders.get(name) ?? createHttpSender(hand)
  senders.set(name, known)
  return known
}

function flood(client: Client): void {
  const [first] = client.conversations.list
    .get()
    .conversations.toSorted((a, b) => b.conversation.lastSeq - a.conversation.lastSeq)
  if (first === undefined) return
  for (let page = 0; page < floodPages; page += 1)
    client.call('listMessages', { conversationId: first.conversation.id, limit: 100 }).catch(() => undefined)
}

process.on('message', ({ number, order }: { number: number; order: Order }) => {
  obey(order).then(
    (value) => say({ word: 'answer', to: number, value }),
    (error: unknown) => say({ word: 'failure', to: number, error: String(error) }),
  )
})
// A bot in one process with others dies of a rejection that nobody waits for.
process.on('unhandledRejection', (reason) => {
  const stack = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)
  say({
    word: 'violation',
    violation: {
      invariant: 'I2',
      sentence: 'an engine let a rejection go that nobody waits for',
      states: ['every rejection is handled', stack],
      ids: [],
    },
  })
})
process.on('disconnect', () => process.exit(0))
say({ word: 'ready' })
