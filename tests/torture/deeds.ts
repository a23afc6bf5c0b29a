// What a person does on a device: one deed of the plan, chosen among what the device holds at that moment. What cannot
// be done just then (nothing to edit, nobody's admin) becomes a message. It tells what became durable, in order.
import { hasRole, type ConversationId, type UserId } from '@palabre/protocol'
import type { ConversationView, ShownMessage } from '@palabre/client'
import type { Hand } from './hand.ts'
import type { Tab } from './tab.ts'
import type { Changing } from './history.ts'
import type { DeedOrder } from './orders.ts'
import type { DeedName } from './plan.ts'

const emoji = ['👍', '❤️', '😂', '🎉', '🙏']
/** What people change is recent. */
const recentMessages = 20
const burstLength = 4
/** Of the first group nobody is ever removed: who shares it with all may watch all. */
const stays = 'Everybody'

type Place = { hand: Hand; tab: Tab; here: ConversationView; order: DeedOrder }

/** Does it; resolves when it is durable on the device, or asked for where it does not wait in the outbox. */
export async function doDeed(hand: Hand, order: DeedOrder): Promise<void> {
  const tab = chosen(hand.tabs(), order.which)
  if (tab === undefined) return
  const all = tab.client.conversations.list
    .get()
    .conversations.toSorted((a, b) => (a.conversation.id < b.conversation.id ? -1 : 1))
  const here = chosen(all, order.where)
  if (here === undefined) return
  const place = { hand, tab, here, order }
  if (!(await ways[order.deed](place, all))) await write(place, order.text)
}

/** Each answers false where there is nothing to do it to. */
const ways: Record<DeedName, (place: Place, all: readonly ConversationView[]) => Promise<boolean>> = {
  send: async () => false,
  // Another client's: the crew's own sender over HTTP.
  http: async () => false,
  async reply(place) {
    const to = chosen(
      recent(place).filter(({ isPending }) => !isPending),
      place.order.which,
    )
    if (to === undefined) return false
    await write(place, place.order.text, to.message.id)
    return true
  },
  async burst(place) {
    await Promise.all(
      Array.from({ length: burstLength }, (_, n) => write(place, `${place.order.text} ${n + 1}.`)),
    )
    return true
  },
  async edit(place) {
    const mine = chosen(changeable(place), place.order.which)
    if (mine === undefined) return false
    await change(place, mine, { edit: `${place.order.text} edited` })
    return true
  },
  async delete(place) {
    const mine = chosen(changeable(place), place.order.which)
    if (mine === undefined) return false
    await change(place, mine, { delete: true })
    return true
  },
  async react(place) {
    const any = recent(place).filter(
      ({ message, isPending }) => !isPending && message.kind === 'text' && message.deletedAt === null,
    )
    const to = chosen(any, place.order.which)
    if (to === undefined) return false
    const mine = to.message.reactions.find(({ userIds }) => userIds.includes(place.hand.order.user))
    await change(place, to, { react: mine ? null : (chosen(emoji, place.order.where) ?? null) })
    return true
  },
  async read({ tab, here }) {
    tab.client.receipts.markRead(here.conversation.id, here.conversation.lastSeq)
    return true
  },
  async type({ tab, here, order }) {
    tab.client.presence.setTyping(here.conversation.id, order.which < 0.8 ? 'typing' : 'idle')
    return true
  },
  async away({ tab, order }) {
    tab.client.presence.setAway(order.which < 0.5)
    return true
  },
  async title({ tab, order }, all) {
    const group = chosen(ledBy(all), order.where)
    if (group === undefined || group.title === stays) return false
    await tab.client.conversations.update(group.conversation.id, { title: order.text })
    return true
  },
  async member({ hand, tab, order }, all) {
    const group = chosen(
      ledBy(all).filter(({ title }) => title !== stays),
      order.where,
    )
    const other = chosen(hand.order.others, order.which)
    if (group === undefined || other === undefined) return false
    await toggleMember(tab, group, other)
    return true
  },
  async page({ tab, here }) {
    await tab.client.messages.loadBefore(here.conversation.id)
    return true
  },
}

async function toggleMember(tab: Tab, { conversation }: ConversationView, other: UserId): Promise<void> {
  const isMember = conversation.members.some(({ user }) => user.id === other)
  if (isMember) await tab.client.conversations.removeMember(conversation.id, other)
  else await tab.client.conversations.addMembers(conversation.id, [other])
}

async function write(
  { hand, tab, here }: Place,
  text: string,
  replyTo?: ShownMessage['message']['id'],
): Promise<void> {
  const { id } = here.conversation
  const messageId = await tab.client.messages.send(id, replyTo === undefined ? { text } : { text, replyTo })
  hand.tell({ step: 'typed', ...of(hand, tab, id, messageId), text })
  tab.follow(id, messageId)
}

async function change({ hand, tab, here }: Place, { message }: ShownMessage, what: Changing): Promise<void> {
  const { id } = here.conversation
  const { messages } = tab.client
  if ('edit' in what) await messages.edit(id, message.id, what.edit)
  else if ('react' in what) await messages.react(id, message.id, what.react)
  else await messages.delete(id, message.id)
  hand.tell({ step: 'changing', ...of(hand, tab, id, message.id), change: what })
}

function of(hand: Hand, tab: Tab, conversation: ConversationId, id: string) {
  return { at: hand.at(), device: tab.name, user: hand.order.user, conversation, id }
}

function recent({ tab, here }: Place): readonly ShownMessage[] {
  return tab.client.messages.timeline(here.conversation.id).get().messages.slice(-recentMessages)
}

/** One's own words that can still be changed. */
function changeable(place: Place): ShownMessage[] {
  return recent(place).filter(
    ({ isMine, state, message }) => isMine && state !== 'failed' && message.deletedAt === null,
  )
}

function ledBy(all: readonly ConversationView[]): ConversationView[] {
  return all.filter(
    ({ conversation }) => conversation.kind === 'group' && hasRole(conversation.me.role, 'admin'),
  )
}

function chosen<T>(from: readonly T[], which: number): T | undefined {
  return from[Math.floor(which * from.length)]
}
