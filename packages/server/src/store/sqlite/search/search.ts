// Searching over SQLite. Each conversation gives its candidates from the newest down: first what is not in the index
// yet, then chunk by chunk what holds all terms. Conversations are opened in the order of their last activity, and no
// more of them than the newest hits need. Every candidate is read and decided by its text. Reading happens on the
// server's thread, so it rests now and then, and is bounded.
import { matchText, lookupsOf, queryWordsOf, searchedText } from '@palabre/protocol'
import type { ConversationId, Lookup, QueryWord, UserId } from '@palabre/protocol'
import {
  isBelow,
  readsMax,
  type SearchFound,
  type SearchPlace,
  type SearchQuestion,
  type SearchStore,
} from '../../port/search.ts'
import { lowest } from '../halving.ts'
import type { Reader } from '../reader.ts'
import { messageColumns, messageFrom, type MessageColumns } from '../rows.ts'
import { chunkSize, kindTerm, placeAt, senderTerm } from './search-index.ts'

/** Messages of one conversation, outside the index, that a question reads: more than a moment's. */
const outsideMax = 2_000
/** Candidates of a chunk that are read without asking the index for the other terms. */
const fewPlaces = 8
const nothing = new Uint8Array(0)
/** Milliseconds after which others get a turn. */
const turnMs = 8

type Scope = [
  key: number,
  id: ConversationId,
  joinedSeq: number,
  lastSeq: number,
  activeAt: number,
  mark: number,
]

/** A conversation that is being looked through. */
interface Source {
  scope: Scope
  candidates: Iterator<number>
  head: SearchFound | null
}

/** What bounds one question. */
interface Effort {
  reads: number
  isComplete: boolean
  /** The newest place that was not looked at, when it stopped early. */
  stoppedAt: SearchPlace | null
}

export function sqliteSearch(reader: Reader, settled: () => Promise<void>): SearchStore {
  const { db } = reader
  const scopeOf = (where: string) =>
    db
      .prepare<unknown[], Scope>(
        `SELECT conversations.key, conversations.id, members.joined_seq, conversations.last_seq,
           conversations.active_at, ifnull(search_marks.seq, 0)
         FROM members JOIN conversations ON conversations.key = members.conversation
           LEFT JOIN search_marks ON search_marks.conversation = members.conversation
         WHERE members.user_id = ?${where} ORDER BY conversations.active_at DESC`,
      )
      .raw()
  const selectScopes = scopeOf('')
  const selectScope = scopeOf(' AND conversations.id = ?')
  const selectExact = db
    .prepare<[number, number, string], Uint8Array>(
      'SELECT seqs FROM search_terms WHERE conversation = ? AND chunk = ? AND term = ?',
    )
    .pluck()
  const selectPrefix = db
    // One value, not a row for each of the hundreds of words that may begin so; its bytes are joined as they are.
    .prepare<[number, number, string, string], Uint8Array | null>(
      `SELECT CAST(group_concat(seqs, '') AS BLOB) FROM search_terms
       WHERE conversation = ? AND chunk = ? AND term >= ? AND term < ?`,
    )
    .pluck()
  const selectMessage = db
    .prepare<[number, number], MessageColumns>(
      `SELECT ${messageColumns} FROM messages WHERE conversation = ? AND seq = ?`,
    )
    .raw()
  const selectTime = db
    .prepare<[number, number], [number]>('SELECT created_at FROM messages WHERE conversation = ? AND seq = ?')
    .raw()

  /** Places of one chunk that hold all of it, from the highest down. */
  function inChunk(key: number, chunk: number, lookups: readonly Lookup[]): number[] {
    const held = new Uint8Array(chunkSize)
    let step = 0
    for (const { term, isPrefix } of lookups) {
      const seqs =
        (isPrefix
          ? selectPrefix.get(key, chunk, term, `${term}\u{10FFFF}`)
          : selectExact.get(key, chunk, term)) ?? nothing
      let found = 0
      for (let at = 0; at + 1 < seqs.length; at += 2) {
        const place = placeAt(seqs, at)
        if (held[place] !== step) continue
        held[place] = step + 1
        found += 1
      }
      if (found === 0) return []
      step += 1
      // Reading so few is quicker than another look into the index.
      if (found <= fewPlaces) break
    }
    const places: number[] = []
    for (let place = chunkSize - 1; place >= 0; place--) if (held[place] === step) places.push(place)
    return places
  }

  function* candidates(
    [key, , , lastSeq, , mark]: Scope,
    lookups: readonly Lookup[],
    { low, high }: { low: number; high: number },
    effort: Effort,
  ): Generator<number> {
    const outside = Math.max(mark + 1, low)
    for (let seq = high; seq >= outside; seq--) {
      if (lastSeq - seq >= outsideMax) {
        effort.isComplete = false
        break
      }
      yield seq
    }
    const top = Math.min(high, mark)
    for (let chunk = Math.floor(top / chunkSize); chunk >= Math.floor(low / chunkSize); chunk--) {
      for (const place of inChunk(key, chunk, lookups)) {
        const seq = chunk * chunkSize + place
        if (seq <= top && seq >= low) yield seq
      }
    }
  }

  /** The seqs that time and place leave: within a conversation times only grow. */
  function boundsOf([key, id, joinedSeq, lastSeq]: Scope, question: SearchQuestion) {
    const from = (at: number) =>
      lowest(joinedSeq, lastSeq, (seq) => (selectTime.get(key, seq)?.[0] ?? 0) >= at)
    const { before, after, below } = question
    let high = before === null ? lastSeq : from(before) - 1
    if (below !== null) {
      const beneath =
        id === below.conversationId
          ? below.seq - 1
          : from(id < below.conversationId ? below.createdAt + 1 : below.createdAt) - 1
      high = Math.min(high, beneath)
    }
    return { low: after === null ? joinedSeq : from(after), high }
  }

  /** The next hit of a conversation; null: it has no more, or looking has gone on for long enough. */
  function advance(
    source: Source,
    words: readonly QueryWord[],
    question: SearchQuestion,
    effort: Effort,
  ): SearchFound | null {
    const [key, id, joinedSeq] = source.scope
    for (;;) {
      const next = source.candidates.next()
      if (next.done === true) return null
      const row = selectMessage.get(key, next.value)
      if (row === undefined) continue
      const message = messageFrom(id, row)
      if (effort.reads >= readsMax) {
        // It was not looked at: the next question begins with it.
        const place = { createdAt: message.createdAt, conversationId: id, seq: message.seq + 1 }
        if (effort.stoppedAt === null || isBelow(effort.stoppedAt, place)) effort.stoppedAt = place
        return null
      }
      effort.reads += 1
      const ranges = decide(message, words, question, joinedSeq)
      if (ranges !== null) return { message, ranges }
    }
  }

  return {
    settled,
    async find(question) {
      const words = queryWordsOf(question.query)
      const effort: Effort = { reads: 0, isComplete: true, stoppedAt: null }
      if (words.length === 0) return { found: [], next: null, isComplete: true }
      const lookups = [...lookupsOf(words), ...filtersOf(question)]
      const { userId, conversationId, limit } = question
      const scopes =
        conversationId === null ? selectScopes.all(userId) : selectScope.all(userId, conversationId)
      const open: Source[] = []
      const found: SearchFound[] = []
      let opened = 0

      /** Looks on, for a turn; true: that is all there is to find, or enough. */
      function look(until: number): boolean {
        while (found.length <= limit) {
          if (performance.now() > until) return false
          const best = newest(open)
          const scope = scopes[opened]
          // Nothing of a conversation is newer than its last activity.
          const isNeeded =
            scope !== undefined &&
            scope[4] >= Math.max(best?.head?.message.createdAt ?? 0, effort.stoppedAt?.createdAt ?? 0)
          if (isNeeded) {
            opened += 1
            const seqs = candidates(scope, lookups, boundsOf(scope, question), effort)
            const source: Source = { scope, candidates: seqs, head: null }
            source.head = advance(source, words, question, effort)
            if (source.head !== null) open.push(source)
            continue
          }
          if (best === null || best.head === null) return true
          // What lies beneath the place where looking stopped is for the next question.
          if (effort.stoppedAt !== null && isBelow(placeOf(best.head), effort.stoppedAt)) return true
          found.push(best.head)
          best.head = advance(best, words, question, effort)
          if (best.head === null) open.splice(open.indexOf(best), 1)
        }
        return true
      }

      // One state of the database a turn: a thousand small reads share what each of them would pay to begin.
      while (!reader.atOnce(() => look(performance.now() + turnMs))) await new Promise(setImmediate)
      const page = found.slice(0, limit)
      const last = page.at(-1)
      const next = found.length > limit && last !== undefined ? placeOf(last) : effort.stoppedAt
      return { found: page, next, isComplete: effort.isComplete }
    },
  }
}

function decide(
  message: SearchFound['message'],
  words: readonly QueryWord[],
  { from, kind, isSeen }: SearchQuestion,
  joinedSeq: number,
) {
  if (message.kind === 'system' || message.deletedAt !== null) return null
  if (from !== null && message.senderId !== from) return null
  if (kind !== null && message.kind !== kind) return null
  if (!isSeen(message, joinedSeq)) return null
  return matchText(searchedText(message), words)
}

function filtersOf({ from, kind }: { from: UserId | null; kind: SearchQuestion['kind'] }): Lookup[] {
  const terms = [...(from === null ? [] : [senderTerm(from)]), ...(kind === null ? [] : [kindTerm(kind)])]
  return terms.map((term) => ({ term, isPrefix: false }))
}

function placeOf({ message: { createdAt, conversationId, seq } }: SearchFound): SearchPlace {
  return { createdAt, conversationId, seq }
}

function newest(sources: readonly Source[]): Source | null {
  let best: Source | null = null
  for (const source of sources) {
    if (source.head === null) continue
    if (best === null || best.head === null || isBelow(placeOf(best.head), placeOf(source.head)))
      best = source
  }
  return best
}
