/**
 * Fills a server on this machine with a believable world, through the SDK like anybody else: a family, a
 * school, a company; long names, right-to-left text, emoji, and one conversation of 10,000 messages.
 *
 * With a server at `SERVER_URL` (default http://127.0.0.1:3000) it uses that one, which must have been started
 * with RATE_LIMITS=off; without, it runs one on `DATA_DIR` for as long as it takes. Never on another machine.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createClient, type Client } from '@palabre/client'
import { PalabreError, type ConversationId, type MessageId, type UserId } from '@palabre/protocol'
import { v7 as uuidv7 } from 'uuid'
import { chatter, companyLines, familyLines, schoolLines, type Line } from './seed/lines.ts'
import { company, family, school, type Person } from './seed/people.ts'
import { root } from './tree.ts'

const password = 'palabre for everyone'
const longConversation = 10_000
/** Messages on their way at once in the long conversation. */
const inFlight = 16
const patienceMs = 30_000

type People = Map<string, { client: Client; id: UserId }>

async function main(): Promise<void> {
  const url = process.env['SERVER_URL'] ?? `http://127.0.0.1:${process.env['PORT'] ?? '3000'}`
  refuseStrangers(url)
  const ownServer = (await isAnswering(url)) ? null : await runServer(url)
  const people: People = new Map()
  try {
    const everyone = [...family, ...school, ...company]
    for (const [at, person] of everyone.entries()) {
      people.set(person.username, await enter(url, person))
      progress('people', at + 1, everyone.length)
    }
    const familyId = await group(people, 'Famille Moreau-Haddad 🏡', family, familyLines)
    await group(people, '6e B · Collège Rosa-Bonheur · Parents et professeurs', school, schoolLines)
    const teamId = await group(people, 'Release train', company, companyLines)
    await adorn(people, familyId, teamId)
    await directs(people)
    await long(people)
    tell(url)
  } finally {
    for (const { client } of people.values()) await client.stop()
    if (ownServer !== null) await stopServer(ownServer)
  }
}

/** Accounts with a known password are for one's own machine only. */
function refuseStrangers(url: string): void {
  const { hostname } = new URL(url)
  if (['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return
  throw new Error(`${url} is not on this machine: the seed makes accounts whose password is printed.`)
}

async function isAnswering(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok
  } catch {
    return false
  }
}

async function runServer(url: string): Promise<ChildProcess> {
  console.log('No server answers; running one for as long as this takes.')
  const child = spawn(process.execPath, ['packages/server/dist/main.js'], {
    cwd: root,
    env: { ...process.env, PORT: new URL(url).port, RATE_LIMITS: 'off', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await until(() => isAnswering(url), 'the server to answer')
  return child
}

async function stopServer(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'exit')
}

/** Opens the account, or signs in where it exists, and waits until it is connected. */
async function enter(
  url: string,
  { username, displayName, about }: Person,
): Promise<{ client: Client; id: UserId }> {
  const client = createClient({ url, tokens: 'body', deviceName: 'Seed' })
  const user = await client.auth.register({ username, password, displayName }).catch((error: unknown) => {
    if (error instanceof PalabreError && error.code === 'USERNAME_TAKEN') {
      throw new Error(`${username} is there already: seed an empty DATA_DIR, or sign in with "${password}".`)
    }
    throw error
  })
  if (about !== '') await client.auth.updateMe({ about })
  await until(() => client.connection.get().name === 'online', `${username} to be connected`)
  return { client, id: user.id }
}

async function group(
  people: People,
  title: string,
  members: readonly Person[],
  lines: readonly Line[],
): Promise<ConversationId> {
  const [founder, ...others] = members.map(({ username }) => one(people, username))
  if (founder === undefined) throw new Error('a group needs somebody')
  const id = await founder.client.conversations.createGroup({
    title,
    memberIds: others.map((other) => other.id),
  })
  await speak(people, id, lines)
  console.log(`  ${title}: ${lines.length} messages`)
  return id
}

/** Says the lines one after the other. */
async function speak(people: People, id: ConversationId, lines: readonly Line[]): Promise<void> {
  for (const [username, text] of lines) await send(one(people, username).client, id, text)
}

async function send(client: Client, conversationId: ConversationId, text: string): Promise<MessageId> {
  const id = uuidv7() as MessageId
  await client.call('sendMessage', { conversationId, id, kind: 'text', body: { text }, sentAt: Date.now() })
  return id
}

/** Reactions, a reply, an edit and a deletion, so that each can be seen. */
async function adorn(people: People, familyId: ConversationId, teamId: ConversationId): Promise<void> {
  const camille = one(people, 'camille').client
  const bob = one(people, 'bob').client
  const tart = await send(one(people, 'jeanne').client, familyId, 'Tarte aux pommes ou aux prunes ?')
  for (const [username, emoji] of [
    ['mathis', '🍎'],
    ['lou', '🍎'],
    ['samir', '❤️'],
    ['leila', '😋'],
  ] as const) {
    await one(people, username).client.call('react', { conversationId: familyId, id: tart, emoji })
  }
  await camille.call('sendMessage', {
    conversationId: familyId,
    id: uuidv7(),
    kind: 'text',
    body: { text: 'Les deux 😇' },
    replyTo: tart,
    sentAt: Date.now(),
  })
  const mistaken = await send(camille, familyId, 'Oups, mauvaise conversation')
  await camille.call('deleteMessage', { conversationId: familyId, id: mistaken })
  const plan = await send(bob, teamId, 'Deploy at 14:00')
  const { message } = await bob.call('getMessage', { conversationId: teamId, id: plan })
  const later = { text: 'Deploy at 15:00 (after lunch)' }
  await bob.call('editMessage', { conversationId: teamId, id: plan, bodyRev: message.bodyRev, body: later })
}

/** Everybody knows some others: a list that scrolls. */
async function directs(people: People): Promise<void> {
  const camille = one(people, 'camille')
  const others = [...family, ...school].filter(({ username }) => username !== 'camille')
  for (const [at, { username }] of others.entries()) {
    const other = one(people, username)
    await camille.client.users.addContact(other.id)
    const id = await camille.client.conversations.openDirect(other.id)
    await send(
      camille.client,
      id,
      ['Coucou 👋', 'Tu as cinq minutes ?', 'Merci encore pour hier !'][at % 3] ?? '👋',
    )
    if (at % 2 === 0)
      await send(other.client, id, ['Oui, dis-moi', 'Avec plaisir 😊', 'À tout à l’heure'][at % 3] ?? '👍')
  }
  console.log(`  Camille's direct conversations: ${others.length}`)
}

/** The long one: a year of work between two colleagues. */
async function long(people: People): Promise<void> {
  const alice = one(people, 'alice')
  const bob = one(people, 'bob')
  const id = await alice.client.conversations.openDirect(bob.id)
  for (let sent = 0; sent < longConversation; sent += inFlight) {
    const batch = Array.from({ length: Math.min(inFlight, longConversation - sent) }, (_, at) => sent + at)
    // Turns of a few messages each, so that bubbles are grouped as in a real conversation.
    await Promise.all(
      batch.map((at) => send((Math.floor(at / 3) % 2 === 0 ? alice : bob).client, id, chatter(at))),
    )
    progress('messages between Alice and Bob', Math.min(sent + inFlight, longConversation), longConversation)
  }
}

function one(people: People, username: string): { client: Client; id: UserId } {
  const found = people.get(username)
  if (found === undefined) throw new Error(`nobody is called ${username}`)
  return found
}

let shownAt = 0
function progress(what: string, done: number, total: number): void {
  if (done < total && Date.now() - shownAt < 2_000) return
  shownAt = Date.now()
  console.log(`  ${what}: ${done} of ${total}`)
}

function tell(url: string): void {
  console.log(`\nSign in at ${url} with the password "${password}" as one of:\n`)
  for (const [title, members] of Object.entries({ Family: family, School: school, Company: company })) {
    console.log(`  ${title}`)
    for (const { username, displayName } of members) console.log(`    ${username.padEnd(14)} ${displayName}`)
  }
}

async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`waited ${patienceMs / 1000} s for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

try {
  await main()
} catch (error) {
  const isLimited = error instanceof PalabreError && error.code === 'RATE_LIMITED'
  const reason = error instanceof Error ? error.message : String(error)
  console.error(isLimited ? 'The server limits rates: start it with RATE_LIMITS=off npm start.' : reason)
  process.exitCode = 1
}
