// A whole store in an operator's hands, outside the server: copied while it is used, looked over, replaced.
// What is put around a copy (manifest, hashes, one file) is not the store's affair: `backup/`.
import type { Doctor } from './doctor.ts'
import type { ErasureRow } from './erasures.ts'

export type Engine = 'sqlite' | 'mongo'

/** An engine in this process answers at once, another one when it has asked. Callers await both. */
type Answer<T> = T | Promise<T>

export interface SnapshotFacts {
  engine: Engine
  /** The number of the newest migration in it; of an engine without, of the shape of what it holds. */
  schema: number
  epoch: string
  counts: { users: number; conversations: number; messages: number }
}

export interface SnapshotOptions {
  /** Aborted: the copy stops, `take` rejects, and what it wrote is the caller's to remove. */
  signal?: AbortSignal
  onProgress?: (done: number, total: number) => void
}

/** What can be done with a copy, wherever it is: no store is needed for it. */
export interface Copies {
  readonly engine: Engine
  /** What a copy holds. @throws when it is no store of ours, or of a newer program */
  facts(file: string): Answer<SnapshotFacts>
  /** Brings a copy to this program's schema. */
  update(file: string): Answer<void>
  /** Changes nothing. */
  doctor(file: string): Answer<Doctor>
}

export interface Custody extends Copies {
  /** The ledger of deleted accounts of the store. @throws when there is none */
  erasures(): Promise<ErasureRow[]>
  /**
   * Copies the store into `file`, which is made. A server may go on writing meanwhile: an engine that can copies one
   * instant of all of it, another one instant of each conversation.
   * Sessions are left out: nobody can use them after a restore, and a thief should not learn of them.
   * @throws when there is no store
   */
  take(file: string, options?: SnapshotOptions): Promise<SnapshotFacts>
  /** A doctor for a copy, or for the store itself. Changes nothing. @throws when there is none */
  doctor(file?: string): Answer<Doctor>
  /** Takes the store from everybody else until it is given back. @throws when a server has it */
  occupy(): Answer<Occupied>
}

export interface Occupied {
  /** @throws when a copy could not be installed, because the present store would be lost */
  needRoom(): Answer<void>
  /**
   * Begins a copy's next life: a new epoch, no sessions (SYNC-7), and the ledger of deleted accounts as it is now, so that
   * nobody comes back with it (ERASE-5). `kept`: of it, what the operator has elsewhere.
   */
  revive(file: string, kept?: readonly ErasureRow[]): Answer<void>
  /**
   * Puts a copy in the store's place, which takes one last step: before it the old store is there whole, after it the
   * new one. The present store is kept, at the path that is answered (null: there was none).
   * @throws when somebody is reading the present store, or it would be lost
   */
  install(file: string): Answer<string | null>
  /**
   * Makes again what follows from what is intact, and tells each thing done: all of it or nothing, or each by itself
   * where the engine has no transactions. What clients may have believed begins a new epoch.
   */
  repair(): Promise<string[]>
  release(): Answer<void>
}
