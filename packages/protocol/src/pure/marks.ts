// What one computes with marks (REC-1, SYNC-6). Without a schema, so that a page can before it has any.
import type { MarkPair, Marks, OthersMarks } from '../conversations.ts'

/** Of no message: stands for receipts that are off. */
const noReadSeq = 16_777_212

/** A short number that tells marks apart, so that a `sync` needs not carry those that a device holds (SYNC-6). */
export function marksSum({ deliveredSeq, readSeq, unread, others }: Marks): number {
  const numbers = [deliveredSeq, readSeq, unread, others.deliveredSeq, others.readSeq ?? noReadSeq]
  // Products stay exact below 2^53, and a sum has at most eight digits.
  return numbers.reduce((sum, number) => (sum * 1_000_003 + number) % 16_777_213, 0)
}

/** Marks only grow (REC-1). Pure. */
export function mergeMarks(a: MarkPair, b: MarkPair): MarkPair {
  return {
    deliveredSeq: Math.max(a.deliveredSeq, b.deliveredSeq),
    readSeq: Math.max(a.readSeq, b.readSeq),
  }
}

/** The others' marks grow too, but for what is not told any more, or again (PRIV-4). Pure. */
export function mergeOthers(held: OthersMarks, told: OthersMarks): OthersMarks {
  return {
    deliveredSeq: Math.max(held.deliveredSeq, told.deliveredSeq),
    readSeq: told.readSeq === null ? null : Math.max(held.readSeq ?? 0, told.readSeq),
  }
}
