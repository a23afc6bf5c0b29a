// What crosses between the server's thread and the writer's.
import type { ErrorCode } from '@palabre/protocol'

export const databaseFile = 'palabre.db'
export const lockFile = 'palabre.lock'

export interface WorkerData {
  dataDir: string
}

/** The name of a write and its arguments. */
export type Operation = [name: string, args: unknown[]]

/** A batch; or: somebody else has written; or: close. */
export type ToWorker = Operation[] | 'forget' | 'end'

/** `value`: done and durable. `refused`: a code of the protocol. `failed`: something nobody expected. */
export type Answer =
  { value: unknown } | { refused: ErrorCode; details?: Record<string, unknown> } | { failed: string }

/** One for each operation of the batch, in its order. */
export interface Answers {
  answers: Answer[]
  durationMs: number
}
