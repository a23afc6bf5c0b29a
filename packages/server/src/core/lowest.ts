// The lowest marks of a conversation's members, and what each member sees of them (REC-2). Pure.
import type { MarkPair, UserId } from '@palabre/protocol'

/** Enough to tell anyone the lowest marks of the others, in constant time. */
export interface Lowest {
  /** Of all members: what everybody sees who does not hold a lowest mark alone. */
  common: MarkPair
  /** Without its only holder. */
  second: MarkPair
  /** Who alone holds the lowest; null when several do. */
  deliveredBy: UserId | null
  readBy: UserId | null
}

/** One pass over the marks. Nobody: zeros. */
export function lowestOf(marks: ReadonlyMap<UserId, MarkPair>): Lowest {
  const delivered = twoLowest(marks, (pair) => pair.deliveredSeq)
  const read = twoLowest(marks, (pair) => pair.readSeq)
  return {
    common: { deliveredSeq: delivered.lowest, readSeq: read.lowest },
    second: { deliveredSeq: delivered.second, readSeq: read.second },
    deliveredBy: delivered.by,
    readBy: read.by,
  }
}

/** The lowest marks of the members other than `viewerId`; zeros for who is alone. */
export function lowestFor(lowest: Lowest, viewerId: UserId): MarkPair {
  return {
    deliveredSeq: lowest.deliveredBy === viewerId ? lowest.second.deliveredSeq : lowest.common.deliveredSeq,
    readSeq: lowest.readBy === viewerId ? lowest.second.readSeq : lowest.common.readSeq,
  }
}

function twoLowest(marks: ReadonlyMap<UserId, MarkPair>, seqOf: (pair: MarkPair) => number) {
  let lowest = Infinity
  let second = Infinity
  let by: UserId | null = null
  for (const [userId, pair] of marks) {
    const seq = seqOf(pair)
    if (seq < lowest) {
      second = lowest
      lowest = seq
      by = userId
    } else if (seq < second) {
      second = seq
    }
  }
  const bounded = (seq: number) => (seq === Infinity ? 0 : seq)
  return { lowest: bounded(lowest), second: bounded(second), by: lowest === second ? null : by }
}
