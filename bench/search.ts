// Finding messages in a large store: a person who is in a thousand conversations, one of them long, asks as one types.
// In this process, on the embedded store: what a question costs the server, without network and parsing. And what the
// index costs: the time of filling it beside the time of storing the messages.
import { rmSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 } from 'uuid'
import type { ConversationId, MessageId, UserId } from '@palabre/protocol'
import type { SearchQuestion } from '../packages/server/src/store/port/search.ts'
import type { Store } from '../packages/server/src/store/port/store.ts'
import { openSqliteStore } from '../packages/server/src/store/sqlite/open.ts'
import { percentile, type Row } from './figures.ts'

const syllables =
  'ba be bi co cu da de di fa ga jo ka ki la le li lo ma me mi na ne no pa po ra re ri sa se so ta te ti tu va ve vi zo'.split(
    ' ',
  )
/** Numbers that come the same in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Words as people use them: few are common, most are rare. */
function vocabulary(random: () => number, size: number): (rank?: number) => string {
  const words = Array.from({ length: size }, () =>
    Array.from(
      { length: 1 + Math.floor(random() * 4) },
      () => syllables[Math.floor(random() * syllables.length)],
    ).join(''),
  )
  return (rank) => words[rank ?? Math.floor(size ** random()) - 1] ?? 'ba'
}

async function person(store: Store, username: string): Promise<UserId> {
  const id = v7() as UserId
  await store.users.create({
    id,
    username,
    skeleton: username,
    displayName: username,
    passwordHash: '',
    now: 1,
  })
  return id
}

async function groupOf(
  store: Store,
  userId: UserId,
  others: UserId[],
  title: string,
): Promise<ConversationId> {
  const id = v7() as ConversationId
  await store.conversations.createGroup({
    id,
    messageId: v7() as MessageId,
    userId,
    title,
    memberIds: others,
    opId: null,
    now: 1,
  })
  return id
}

export async function benchSearch(size: {
  messages: number
  conversations: number
  questions: number
}): Promise<Row[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'palabre-bench-search-'))
  const store = await openSqliteStore({ dataDir })
  try {
    const random = seeded(7)
    const word = vocabulary(random, 20_000)
    const [alice, bob, loner] = [
      await person(store, 'alice'),
      await person(store, 'bob'),
      await person(store, 'loner'),
    ]
    const ids: ConversationId[] = []
    for (let index = 0; index < size.conversations; index++)
      ids.push(await groupOf(store, alice, index < 5 ? [bob, loner] : [bob], `Group ${index}`))
    const long = ids[0]!
    console.log(`search: ${size.messages} messages in ${size.conversations} conversations`)
    const storing = process.cpuUsage()
    for (let first = 0; first < size.messages; first += 2_000) {
      await Promise.all(
        Array.from({ length: Math.min(2_000, size.messages - first) }, (_, offset) => {
          const number = first + offset
          const text = Array.from({ length: 4 + Math.floor(random() * 16) }, () => word()).join(' ')
          return store.log.append({
            id: v7() as MessageId,
            conversationId: random() < 0.2 ? long : ids[Math.floor(random() * ids.length)]!,
            senderId: random() < 0.5 ? alice : bob,
            requires: 'member',
            content: { kind: 'text', body: { text: number === 1_000 ? `${text} einzigartig` : text } },
            replyTo: null,
            mentions: [],
            sentAt: number,
            createdAt: 1_700_000_000_000 + number * 50,
            hash: '',
          })
        }),
      )
    }
    const storedMs = cpuMs(storing)
    const filling = process.cpuUsage()
    await store.search.settled()
    const filledMs = cpuMs(filling)
    const rows: Row[] = [
      tell(
        'search: CPU of storing / of filling the index, a message',
        `${us(storedMs, size.messages)} / ${us(filledMs, size.messages)}`,
      ),
    ]
    const queries: Record<string, () => string> = {
      'a common word': () => word(Math.floor(random() * 5)),
      'a rare word': () => word(5_000 + Math.floor(random() * 15_000)),
      'the beginning of a word': () => word().slice(0, 1 + Math.floor(random() * 3)),
      'three words': () => `${word()} ${word()} ${word()}`,
      'a word said once': () => 'einzig',
      'no such word': () => 'xyzzy',
    }
    const scopes: Record<string, Partial<SearchQuestion>> = {
      'in one long conversation': { conversationId: long },
      everywhere: {},
      'everywhere, of five conversations': { userId: loner },
      'everywhere, by one person': { from: bob },
    }
    for (const [where, scope] of Object.entries(scopes)) {
      const times: number[] = []
      let worst = ''
      for (let question = 0; question < size.questions; question++) {
        for (const [what, query] of Object.entries(queries)) {
          const asked = process.cpuUsage()
          await store.search.find({
            userId: alice,
            conversationId: null,
            query: query(),
            from: null,
            kind: null,
            before: null,
            after: null,
            below: null,
            limit: 20,
            isSeen: (message, joinedSeq) => message.seq >= joinedSeq,
            ...scope,
          })
          const took = cpuMs(asked)
          if (took > Math.max(0, ...times)) worst = what
          times.push(took)
        }
      }
      const p99 = percentile(times, 0.99)
      rows.push({
        ...tell(
          `search ${where}: CPU of p50 / p99 / worst (${worst})`,
          [percentile(times, 0.5), p99, Math.max(...times)]
            .map((value) => `${value.toFixed(1)} ms`)
            .join(' / '),
        ),
        target: 'p99 < 50 ms',
        met: p99 < 50,
      })
    }
    return rows
  } finally {
    await store.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function tell(what: string, palabre: string): Row {
  return { what, relay: '', palabre, ratio: '', target: '', met: null }
}

/** Processor time: others use the machine too, and a question waits for nothing. */
function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1_000
}

function us(ms: number, count: number): string {
  return `${((ms * 1_000) / count).toFixed(1)} µs`
}
