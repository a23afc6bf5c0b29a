// Mending the kept digests, inside the writer's transaction: for whoever has found that they differ from the log.
import type { Database } from 'better-sqlite3'
import type { ConversationId } from '@palabre/protocol'
import type { DigestDifference } from '../../port/digests.ts'
import type { Heads } from '../heads.ts'
import { differencesOf, digestsKept, digestsOfLog, keepDigests } from '../kept-digests.ts'

export function digestWrites(db: Database, heads: Heads) {
  return {
    rebuildDigests(id: ConversationId): DigestDifference[] {
      const head = heads.get(id)
      if (head === null) return []
      const kept = digestsKept(db, head.key, head.openDigest)
      const log = digestsOfLog(db, head.key, head.lastSeq)
      const differences = differencesOf(kept, log, head.lastSeq)
      if (differences.length === 0) return []
      keepDigests(db, head.key, log)
      head.openDigest = log.open
      heads.moved(head)
      return differences
    },
  }
}
