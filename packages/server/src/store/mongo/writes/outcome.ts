// What became of a write that failed. What the server refused, it has not stored; of what was cut off on the way nobody
// knows, and it must be looked for before it is said to have failed, or tried again.
import {
  MongoBulkWriteError,
  MongoError,
  MongoErrorLabel,
  MongoNetworkError,
  MongoWriteConcernError,
} from 'mongodb'
import { isTaken } from '../taking.ts'

/** `refused`: others were faster; the first `stored` of a batch are there. `unknown`: it may be there, or come yet. */
export type Outcome = { kind: 'refused'; stored: number } | { kind: 'unknown' }

/** @throws what no second attempt can mend */
export function outcomeOf(error: unknown): Outcome {
  if (!isDurable(error)) return { kind: 'unknown' }
  if (isTaken(error)) {
    const [first] = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : []
    return { kind: 'refused', stored: first?.index ?? 0 }
  }
  if (error instanceof MongoNetworkError) return { kind: 'unknown' }
  // Its server is no primary any more, or goes down: another one may take it.
  if (error instanceof MongoError && error.hasErrorLabel(MongoErrorLabel.RetryableWriteError))
    return { kind: 'unknown' }
  throw error
}

/** False for what one server has stored, and perhaps not a majority. */
function isDurable(error: unknown): boolean {
  if (error instanceof MongoWriteConcernError) return false
  return !(error instanceof MongoBulkWriteError && error.result.getWriteConcernError() !== undefined)
}
