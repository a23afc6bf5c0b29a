// What two people in a direct conversation are told of each other's marks (BLK-3, PRIV-4, REQ-3). Groups tell all of them, as
// everybody there expects. Pure, over the rules of both.
import { audienceOf, type MarkPair, type OthersMarks, type Rules, type UserId } from '@palabre/protocol'

interface One {
  id: UserId
  rules: Rules
}

/** What `viewer` is told of how far `other` is. */
export function shownMarks(viewer: One, other: One, marks: MarkPair): OthersMarks {
  // Whoever wrote first knows nothing until they are answered; the conversation's own first message is no secret.
  if (viewer.rules.requests.has(other.id) || other.rules.requests.has(viewer.id))
    return withoutRead(viewer, other, { deliveredSeq: Math.min(marks.deliveredSeq, 1), readSeq: 1 })
  const mine = viewer.rules.blocked.get(other.id)
  const theirs = other.rules.blocked.get(viewer.id)
  const [deliveredSeq, readSeq] = theirs?.frozen?.mine ?? mine?.frozen?.theirs ?? []
  if (deliveredSeq === undefined || readSeq === undefined) return withoutRead(viewer, other, marks)
  return withoutRead(viewer, other, {
    deliveredSeq: Math.min(marks.deliveredSeq, deliveredSeq),
    readSeq: Math.min(marks.readSeq, readSeq),
  })
}

/** Off for one of them is off for both. */
function withoutRead(viewer: One, other: One, marks: MarkPair): OthersMarks {
  const isOff = [viewer.rules, other.rules].some((rules) => audienceOf(rules, 'receipts', true) === 'nobody')
  return isOff ? { ...marks, readSeq: null } : marks
}
