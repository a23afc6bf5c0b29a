// Finding messages: by the server while there is one, else among what this device holds, by the same rule (SRCH-2).
// Loaded when somebody searches. A question that was given up answers null, and is not sent if it was not yet.
import {
  isHidden,
  matchText,
  PalabreError,
  queryWordsOf,
  searchedText,
  type ConversationId,
  type InputOf,
  type Message,
  type SearchHit,
} from '@palabre/protocol'
import type { SearchAnswer } from '../api.ts'
import type { Engine } from '../engine.ts'

/** Messages of the cache that one page of it holds, and that one question looks through. */
const pageSize = 200
const readsMax = 20_000
/** Hits of a page when the question does not say. */
const hitsDefault = 20

type Question = InputOf<'searchMessages'>

export async function searchMessages(
  engine: Engine,
  question: Question,
  signal?: AbortSignal,
): Promise<SearchAnswer | null> {
  if (isOver(signal)) return null
  if (engine.connection.state.get().name !== 'offline') {
    try {
      const answer = await engine.connection.call('searchMessages', question)
      return isOver(signal) ? null : { ...answer, source: 'server' }
    } catch (error) {
      if (isOver(signal)) return null
      // What the server refuses it refuses; without one, what is here is searched.
      if (!(error instanceof PalabreError) || error.retry === 'never' || error.code === 'RATE_LIMITED')
        throw error
    }
  }
  return searchDevice(engine, question, signal)
}

async function searchDevice(
  engine: Engine,
  question: Question,
  signal: AbortSignal | undefined,
): Promise<SearchAnswer | null> {
  const { replica } = engine
  const words = queryWordsOf(question.query)
  const limit = question.limit ?? hitsDefault
  const only = question.conversationId
  const ids = [...replica.timelines.keys()].filter((id) => only === undefined || id === only)
  const hits: SearchHit[] = []
  let reads = 0
  for (const id of words.length === 0 ? [] : ids) {
    let found = 0
    for await (const messages of pages(engine, id)) {
      if (isOver(signal)) return null
      for (const message of messages.toReversed()) {
        const ranges = isAskedFor(message, question, engine.now())
          ? matchText(searchedText(message), words)
          : null
        if (ranges === null) continue
        hits.push({ message, ranges })
        found += 1
      }
      reads += messages.length
      // Older ones of this conversation would come after these.
      if (found >= limit || reads >= readsMax) break
    }
  }
  hits.sort((a, b) => b.message.createdAt - a.message.createdAt || b.message.seq - a.message.seq)
  return { hits: hits.slice(0, limit), cursor: null, isComplete: true, source: 'device' }
}

/** What is held of a conversation, from the newest page back: in memory, then in the cache. */
async function* pages({ replica }: Engine, id: ConversationId): AsyncGenerator<readonly Message[]> {
  const timeline = replica.timelines.get(id)
  if (timeline === undefined) return
  yield timeline.messages
  let before = timeline.messages[0]?.seq ?? null
  while (before === null || before > 1) {
    const floor = before
    const older = await replica.inCache((cache) => cache.messages(id, floor, pageSize))
    if (older.length === 0) return
    yield older
    before = older[0]?.seq ?? 1
  }
}

const isOver = (signal: AbortSignal | undefined): boolean => signal?.aborted ?? false

function isAskedFor(message: Message, { from, kind, before, after }: Question, now: number): boolean {
  return (
    !isHidden(message) &&
    (message.expiresAt === null || message.expiresAt > now) &&
    (from === undefined || message.senderId === from) &&
    (kind === undefined || message.kind === kind) &&
    (before === undefined || message.createdAt < before) &&
    (after === undefined || message.createdAt >= after)
  )
}
