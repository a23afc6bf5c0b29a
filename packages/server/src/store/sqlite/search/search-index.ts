// The index of words, written inside the writer's transactions (decision 0014). New messages come into it some moments
// after their commit, many together, because one by one each would touch a page for each of its words; what is not in it
// yet is read directly (`search.ts`). A message that changes leaves it, or moves in it, in the commit of its change
// (SRCH-3). A posting is two bytes: the message's place in its chunk of the conversation.
import type { Database } from 'better-sqlite3'
import { searchedText, termsOfText, type MessageKind, type UserId } from '@palabre/protocol'
import { searchVersion } from '../../port/search.ts'

/** Messages of one chunk: what a search looks at together. */
export const chunkSize = 4_096
/** Milliseconds that one turn of filling keeps the writer, about, and messages between two looks at the clock. */
const turnMs = 4
const messagesAtOnce = 64
/** Conversations that one turn looks for. */
const conversationsAtOnce = 50
const versionName = 'search'

type Row = [seq: number, senderId: UserId, kind: MessageKind, body: string, deletedAt: number | null]

/** What a message is found by: its words, and who sent it as what. */
function termsOf(senderId: UserId, kind: MessageKind, body: string, deletedAt: number | null): Set<string> {
  const content = { kind, body: JSON.parse(body) as unknown, deletedAt }
  const terms = termsOfText(searchedText(content))
  if (terms.size > 0) {
    terms.add(senderTerm(senderId))
    terms.add(kindTerm(kind))
  }
  return terms
}

// No word begins like these.
export const senderTerm = (senderId: UserId) => `@${senderId}`
export const kindTerm = (kind: MessageKind) => `#${kind}`

export function createSearchIndex(db: Database) {
  const selectBehind = db
    .prepare<[number], [number, number]>(
      `SELECT conversations.key, ifnull(search_marks.seq, 0)
       FROM conversations LEFT JOIN search_marks ON search_marks.conversation = conversations.key
       WHERE conversations.last_seq > ifnull(search_marks.seq, 0)
       ORDER BY conversations.active_at DESC LIMIT ?`,
    )
    .raw()
  const selectMessages = db
    .prepare<[number, number, number], Row>(
      `SELECT seq, sender_id, kind, body, deleted_at FROM messages
       WHERE conversation = ? AND seq > ? ORDER BY seq LIMIT ?`,
    )
    .raw()
  const selectOne = db
    .prepare<[number, number], Row>(
      'SELECT seq, sender_id, kind, body, deleted_at FROM messages WHERE conversation = ? AND seq = ?',
    )
    .raw()
  const selectMark = db
    .prepare<[number], number>('SELECT seq FROM search_marks WHERE conversation = ?')
    .pluck()
  const putMark = db.prepare<[number, number]>(
    `INSERT INTO search_marks (conversation, seq) VALUES (?, ?)
     ON CONFLICT (conversation) DO UPDATE SET seq = excluded.seq`,
  )
  const addSeqs = db.prepare<[number, number, string, Uint8Array]>(
    `INSERT INTO search_terms (conversation, chunk, term, seqs) VALUES (?, ?, ?, ?)
     ON CONFLICT (conversation, chunk, term) DO UPDATE SET seqs = CAST(seqs || excluded.seqs AS BLOB)`,
  )
  const selectSeqs = db
    .prepare<[number, number, string], Uint8Array>(
      'SELECT seqs FROM search_terms WHERE conversation = ? AND chunk = ? AND term = ?',
    )
    .pluck()
  const updateSeqs = db.prepare<[Uint8Array, number, number, string]>(
    'UPDATE search_terms SET seqs = ? WHERE conversation = ? AND chunk = ? AND term = ?',
  )
  const deleteTerm = db.prepare<[number, number, string]>(
    'DELETE FROM search_terms WHERE conversation = ? AND chunk = ? AND term = ?',
  )

  function add(key: number, rows: readonly Row[]): void {
    const found = new Map<number, Map<string, number[]>>()
    for (const [seq, senderId, kind, body, deletedAt] of rows) {
      const chunk = Math.floor(seq / chunkSize)
      const terms = found.get(chunk) ?? new Map<string, number[]>()
      found.set(chunk, terms)
      for (const term of termsOf(senderId, kind, body, deletedAt)) {
        const seqs = terms.get(term)
        if (seqs === undefined) terms.set(term, [seq % chunkSize])
        else seqs.push(seq % chunkSize)
      }
    }
    for (const [chunk, terms] of found) {
      for (const [term, seqs] of terms) addSeqs.run(key, chunk, term, bytesOf(seqs))
    }
  }

  function remove(key: number, seq: number, terms: Iterable<string>): void {
    const chunk = Math.floor(seq / chunkSize)
    for (const term of terms) {
      const seqs = selectSeqs.get(key, chunk, term)
      if (seqs === undefined) continue
      const left = placesIn(seqs).filter((place) => place !== seq % chunkSize)
      if (left.length === 0) deleteTerm.run(key, chunk, term)
      else updateSeqs.run(bytesOf(left), key, chunk, term)
    }
  }

  /** The next messages of those that are behind. False: there are none left. */
  function fill(): boolean {
    const until = performance.now() + turnMs
    const behind = selectBehind.all(conversationsAtOnce)
    for (const [key, mark] of behind) {
      let from = mark
      for (;;) {
        const rows = selectMessages.all(key, from, messagesAtOnce)
        const last = rows.at(-1)
        if (last === undefined) break
        add(key, rows)
        from = last[0]
        putMark.run(key, from)
        if (performance.now() > until) return true
        if (rows.length < messagesAtOnce) break
      }
    }
    return behind.length === conversationsAtOnce
  }

  return {
    fill,
    /** Forgets everything if it was made by another program; then `fill` makes it anew. */
    begin(): void {
      const held = db.prepare<[string], string>('SELECT value FROM meta WHERE name = ?').pluck()
      if (held.get(versionName) === String(searchVersion)) return
      clearSearchIndex(db)
      db.prepare(
        'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      ).run(versionName, String(searchVersion))
    },
    /** To be called in the commit of a change of body, around the update: answers what to call after it. */
    changing(key: number, seq: number): () => void {
      if (seq > (selectMark.get(key) ?? 0)) return () => undefined
      const before = selectOne.get(key, seq)
      return () => {
        const after = selectOne.get(key, seq)
        if (before === undefined || after === undefined) return
        if (before[3] === after[3] && before[4] === after[4]) return
        remove(key, seq, termsOf(before[1], before[2], before[3], before[4]))
        add(key, [after])
      }
    },
  }
}

export type SearchIndex = ReturnType<typeof createSearchIndex>

/** Empties it: it is filled again behind the log. */
export function clearSearchIndex(db: Database): void {
  db.exec('DELETE FROM search_terms; DELETE FROM search_marks')
}

/** The place in a chunk that is kept in the two bytes from `at` on. */
export function placeAt(seqs: Uint8Array, at: number): number {
  return (seqs[at] ?? 0) | ((seqs[at + 1] ?? 0) << 8)
}

function placesIn(seqs: Uint8Array): number[] {
  const places: number[] = []
  for (let at = 0; at + 1 < seqs.length; at += 2) places.push(placeAt(seqs, at))
  return places
}

function bytesOf(places: readonly number[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(places.length * 2)
  places.forEach((place, index) => bytes.writeUInt16LE(place, index * 2))
  return bytes
}
