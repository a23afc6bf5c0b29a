// The digests that the writer keeps beside the log (DIG-2, decision 0008). The open block's is in the conversation's
// row, which every append writes anyway; a block gets a row of its own when its last message is stored, so an append
// pays for one page more in 256 times. Also: the same computed from the log, for a migration and for verifiers.
import type { Database } from 'better-sqlite3'
import {
  addDigests,
  blockOf,
  digestOf,
  limits,
  seqsOfBlock,
  subtractDigest,
  type Digested,
  type MessageId,
} from '@palabre/protocol'
import type { DigestDifference } from '../port/digests.ts'
import type { Head } from './heads.ts'

/** Rows read at once while a whole log is summed up. */
const chunk = 4_096

export interface KeptDigests {
  /** The newest message of the head's conversation. */
  appended(head: Head, message: Digested): void
  /** It has moved to another `rev`. */
  changed(head: Head, before: Digested, rev: number): void
}

export function createKeptDigests(db: Database): KeptDigests {
  const seal = db.prepare<[number, number, number]>(
    `INSERT INTO digests (conversation, block, digest) VALUES (?, ?, ?)
     ON CONFLICT (conversation, block) DO UPDATE SET digest = excluded.digest`,
  )
  const select = db
    .prepare<[number, number], [number]>('SELECT digest FROM digests WHERE conversation = ? AND block = ?')
    .raw()

  return {
    appended(head, message) {
      head.openDigest = addDigests(head.openDigest, digestOf(message))
      if (message.seq % limits.digestBlock !== 0) return
      seal.run(head.key, blockOf(message.seq), head.openDigest)
      head.openDigest = 0
    },
    changed(head, before, rev) {
      const moved = (kept: number) =>
        addDigests(subtractDigest(kept, digestOf(before)), digestOf({ ...before, rev }))
      const block = blockOf(before.seq)
      if (seqsOfBlock(block).to > head.lastSeq) {
        head.openDigest = moved(head.openDigest)
        return
      }
      const kept = select.get(head.key, block)
      // One that is missing is not made up from a change: it is computed when read, and a verifier puts it back.
      if (kept !== undefined) seal.run(head.key, block, moved(kept[0]))
    },
  }
}

/** What is kept of one conversation, or what the log says should be. */
export interface DigestState {
  sealed: ReadonlyMap<number, number>
  open: number
}

/** Computed from every message up to `lastSeq`. */
export function digestsOfLog(db: Database, key: number, lastSeq: number): DigestState {
  const select = db
    .prepare<[number, number, number], [number, MessageId, number]>(
      'SELECT seq, id, rev FROM messages WHERE conversation = ? AND seq > ? ORDER BY seq LIMIT ?',
    )
    .raw()
  const blocks = new Map<number, number>()
  for (let after = 0; ;) {
    const rows = select.all(key, after, chunk)
    for (const [seq, id, rev] of rows)
      blocks.set(blockOf(seq), addDigests(blocks.get(blockOf(seq)) ?? 0, digestOf({ seq, id, rev })))
    const last = rows.at(-1)
    if (rows.length < chunk || last === undefined) break
    after = last[0]
  }
  const openBlock = blockOf(lastSeq + 1)
  const open = blocks.get(openBlock) ?? 0
  return { sealed: new Map([...blocks].filter(([block]) => block < openBlock)), open }
}

/** What the database holds. */
export function digestsKept(db: Database, key: number, open: number): DigestState {
  const rows = db
    .prepare<[number], [number, number]>('SELECT block, digest FROM digests WHERE conversation = ?')
    .raw()
    .all(key)
  return { sealed: new Map(rows), open }
}

export function differencesOf(kept: DigestState, log: DigestState, lastSeq: number): DigestDifference[] {
  const blocks = new Set([...kept.sealed.keys(), ...log.sealed.keys()])
  const differences: DigestDifference[] = []
  for (const block of blocks) {
    const [held, is] = [kept.sealed.get(block) ?? null, log.sealed.get(block) ?? null]
    if (held !== is) differences.push({ block, kept: held, log: is })
  }
  if (kept.open !== log.open)
    differences.push({ block: blockOf(lastSeq + 1), kept: kept.open, log: log.open })
  return differences.sort((a, b) => a.block - b.block)
}

/** Replaces what is kept of one conversation. Within a transaction of the caller's. */
export function keepDigests(db: Database, key: number, { sealed, open }: DigestState): void {
  db.prepare('DELETE FROM digests WHERE conversation = ?').run(key)
  const insert = db.prepare('INSERT INTO digests (conversation, block, digest) VALUES (?, ?, ?)')
  for (const [block, digest] of sealed) insert.run(key, block, digest)
  db.prepare('UPDATE conversations SET open_digest = ? WHERE key = ?').run(open, key)
}
