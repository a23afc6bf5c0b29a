// Digests over SQLite, the server's side: reads what the writer keeps, and computes the parts of blocks and whatever
// is not kept from the messages themselves, at most two blocks of rows for any stretch of a sound store.
import {
  blockOf,
  digestOfAll,
  limits,
  seqsOfBlock,
  type BlockDigest,
  type ConversationId,
  type MessageId,
} from '@palabre/protocol'
import type { Digests, DigestStore } from '../port/digests.ts'
import { differencesOf, digestsKept, digestsOfLog } from './kept-digests.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

type HeadColumns = [rev: number, lastSeq: number, openDigest: number]

export function sqliteDigests(reader: Reader, writer: Writer): DigestStore {
  const { db } = reader
  const selectHead = db
    .prepare<[number], HeadColumns>('SELECT rev, last_seq, open_digest FROM conversations WHERE key = ?')
    .raw()
  const selectKept = db
    .prepare<[number, number, number], [number, number]>(
      'SELECT block, digest FROM digests WHERE conversation = ? AND block BETWEEN ? AND ?',
    )
    .raw()
  const selectRows = db
    .prepare<[number, number, number], [number, MessageId, number]>(
      'SELECT seq, id, rev FROM messages WHERE conversation = ? AND seq BETWEEN ? AND ?',
    )
    .raw()

  function computed(key: number, from: number, to: number): number {
    return digestOfAll(selectRows.all(key, from, to).map(([seq, id, rev]) => ({ seq, id, rev })))
  }

  function read(key: number, from: number, before: number, limit: number): Digests | null {
    const head = selectHead.get(key)
    if (head === undefined) return null
    const [rev, lastSeq, openDigest] = head
    const last = Math.min(lastSeq, before - 1)
    if (from > last) return { rev, lastSeq, blocks: [], hasBefore: false }
    const newest = blockOf(last)
    const oldest = Math.max(blockOf(from), newest - limit + 1)
    const kept = new Map(selectKept.all(key, oldest, newest))
    // The open block is kept as well, up to the newest message.
    if (lastSeq % limits.digestBlock !== 0) kept.set(blockOf(lastSeq), openDigest)
    const blocks: BlockDigest[] = []
    for (let block = oldest; block <= newest; block++) {
      const whole = seqsOfBlock(block)
      const part = { from: Math.max(from, whole.from), to: Math.min(last, whole.to) }
      const isWhole = part.from === whole.from && part.to === Math.min(lastSeq, whole.to)
      const digest = (isWhole ? kept.get(block) : undefined) ?? computed(key, part.from, part.to)
      blocks.push({ ...part, digest })
    }
    return { rev, lastSeq, blocks, hasBefore: oldest > blockOf(from) }
  }

  return {
    async of(conversationId: ConversationId, { from, before, limit }) {
      const key = reader.keyOf(conversationId)
      if (key === null) return null
      return reader.atOnce(() => read(key, Math.max(1, from), before ?? Number.MAX_SAFE_INTEGER, limit))
    },
    async differences(conversationId) {
      const key = reader.keyOf(conversationId)
      if (key === null) return []
      return reader.atOnce(() => {
        const [, lastSeq = 0, open = 0] = selectHead.get(key) ?? []
        return differencesOf(digestsKept(db, key, open), digestsOfLog(db, key, lastSeq), lastSeq)
      })
    },
    rebuild: (conversationId) => writer.write('rebuildDigests', conversationId),
  }
}
