// One person's life on a server, made over HTTP: what every screen needs to have something to show.
// Long names, words without spaces, writing from right to left, replies, edits, deletions, reactions, unread ones.
// The conversation that is quoted in pictures reads well; the awkward ones are apart.
import type { ConversationId, Message } from '@palabre/protocol'
import { send } from './make.ts'
import { register, type Person } from './people.ts'

export interface Street {
  readonly me: Person
  /** A friend who is online. */
  readonly amadou: Person
  readonly group: ConversationId
  readonly direct: ConversationId
  /** A conversation of long and foreign words. */
  readonly awkward: ConversationId
  /** A group in which nobody has written. */
  readonly silent: ConversationId
  /** In the group: mine, read and reacted to. */
  readonly mine: Message
  /** In the group: someone else's. */
  readonly theirs: Message
  leaves(): Promise<void>
}

const names = {
  me: 'Léa Fontaine',
  amadou: 'Amadou Diallo',
  chloe: 'Chloé Petit',
  yusuf: 'Yusuf Demir',
  layla: 'ليلى حداد',
  maxi: 'Maximiliane-Theodora von Hohenstein-Lindenberg zu Grünau',
} as const
type Name = keyof typeof names

export async function createStreet(url: string): Promise<Street> {
  const all = Object.keys(names) as Name[]
  const people = await Promise.all(all.map((name) => resident(url, name)))
  const { me, amadou, chloe, yusuf, layla, maxi } = Object.fromEntries(
    people.map((person, index) => [all[index], person]),
  ) as Record<Name, Person>

  await me.does('updateMe', { about: 'Bread, bicycles, and the tree on the square' })
  await amadou.does('updateMe', { about: 'In the garden until noon' })
  const silent = await groupOf(me, 'Bicycle repair evening', [amadou, yusuf])
  const awkward = await awkwardTalk(me, maxi)
  await foreignTalk(me, layla)
  await bookClub(me, [chloe, yusuf, maxi])
  const direct = await directTalk(me, amadou)
  const { group, mine, theirs } = await streetParty({ me, amadou, chloe, yusuf }, layla)
  await amadou.socket()
  return {
    me,
    amadou,
    group,
    direct,
    awkward,
    silent,
    mine,
    theirs,
    async leaves() {
      await Promise.all(people.map((person) => person.leaves()))
    },
  }
}

/** The name on the account is short; the one that is shown may be anything. */
async function resident(url: string, name: Name): Promise<Person> {
  const person = await register(url, name)
  await person.does('updateMe', { displayName: names[name] })
  return person
}

async function groupOf(owner: Person, title: string, members: Person[]): Promise<ConversationId> {
  const memberIds = members.map(({ id }) => id)
  return (await owner.does('createConversation', { kind: 'group', title, memberIds })).conversation.id
}

async function directOf(one: Person, other: Person): Promise<ConversationId> {
  return (await one.does('createConversation', { kind: 'direct', userId: other.id })).conversation.id
}

async function read(conversationId: ConversationId, message: Message, ...readers: Person[]): Promise<void> {
  const mark = { conversationId, seq: message.seq }
  for (const reader of readers) {
    await reader.does('markDelivered', mark)
    await reader.does('markRead', mark)
  }
}

async function react(person: Person, message: Message, emoji: string): Promise<void> {
  const { id, conversationId } = message
  await person.does('react', { id, conversationId, emoji })
}

async function streetParty(who: Record<'me' | 'amadou' | 'chloe' | 'yusuf', Person>, layla: Person) {
  const { me, amadou, chloe, yusuf } = who
  const group = await groupOf(amadou, 'Street party', [me, chloe, yusuf])
  await amadou.does('updateConversation', {
    conversationId: group,
    description: 'Everything for the second Saturday of June: tables, music, cakes, and who carries what.',
  })
  const first = await send(amadou, group, 'Good news: the town hall says yes to Saturday the 12th 🎉')
  await send(amadou, group, 'The street is ours from noon until ten in the evening.')
  await send(chloe, group, 'Wonderful! I’ll bake. How many are we?', { replyTo: first.id })
  await send(me, group, 'Last year we were about sixty. Let’s plan for eighty.')
  const tables = await send(me, group, 'I can borrow eight tables from the school, if someone has a van.')
  await send(yusuf, group, 'I have the van 🚐', { replyTo: tables.id })
  const wrong = await send(yusuf, group, 'Wrong group, sorry')
  await yusuf.does('deleteMessage', { conversationId: group, id: wrong.id })
  await amadou.does('addMembers', { conversationId: group, userIds: [layla.id] })
  const hello = await send(layla, group, 'مرحباً بالجميع! سأحضر الشاي والنعناع.')
  const mine = await send(me, group, 'Welcome! Mint tea under the big tree, then.')
  await me.does('editMessage', {
    conversationId: group,
    id: mine.id,
    bodyRev: mine.bodyRev,
    body: { text: 'Welcome Layla! Mint tea under the big tree, then.' },
  })
  const theirs = await send(
    chloe,
    group,
    'Then I need this by Thursday:\n· flour, 10 kg\n· eggs, six dozen\n· the list of who eats what',
  )
  for (const one of [me, amadou, yusuf]) await react(one, theirs, '👍')
  for (const one of [amadou, yusuf, chloe]) await react(one, mine, '❤️')
  await react(layla, mine, '🙏')
  await react(me, hello, '🎉')
  const last = await send(me, group, '🌳🥖')
  await read(group, last, me, amadou, chloe, yusuf, layla)
  const news = await send(
    amadou,
    group,
    `@${names.me} I’ll bring the benches on Friday. Details: https://example.org/party`,
    {
      mentions: [me.id],
    },
  )
  await read(group, news, amadou)
  return { group, mine, theirs }
}

async function directTalk(me: Person, amadou: Person): Promise<ConversationId> {
  const direct = await directOf(me, amadou)
  const asked = await send(amadou, direct, 'Is the oven at yours free on Friday evening?')
  await send(me, direct, 'From six on, yes. Bring your own flour, mine is gone.', { replyTo: asked.id })
  const last = await send(me, direct, 'And the key is under the blue pot.')
  await react(amadou, last, '👍')
  await read(direct, last, me, amadou)
  await read(direct, await send(amadou, direct, 'Perfect, thank you 🙏'), me)
  return direct
}

async function awkwardTalk(me: Person, maxi: Person): Promise<ConversationId> {
  const direct = await directOf(me, maxi)
  await send(
    me,
    direct,
    'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(3),
  )
  await send(maxi, direct, `https://example.org/${'a-very-long-path/'.repeat(12)}`)
  await send(me, direct, 'ملاحظة: الموعد تغيّر إلى الساعة 18:30 (see the list), شكراً!')
  await send(maxi, direct, 'שלום! איך הולך? Mixed עברית and English in one line.')
  await send(maxi, direct, 'A paragraph that goes on. '.repeat(60))
  await read(direct, await send(maxi, direct, '😀'), me)
  await send(maxi, direct, 'x'.repeat(300))
  return direct
}

async function foreignTalk(me: Person, layla: Person): Promise<void> {
  const direct = await directOf(me, layla)
  await send(layla, direct, 'هل يمكنك أن ترسلي لي عنوان الساحة من فضلك؟')
}

async function bookClub(me: Person, others: Person[]): Promise<void> {
  const group = await groupOf(me, 'Book club of the left bank, every second Tuesday', others)
  for (let number = 1; number <= 12; number += 1) {
    for (const one of others.slice(0, 1)) await send(one, group, `Chapter ${number}: who has read it?`)
  }
}
