// A whole store in an operator's hands, outside the server: copied while it is used, looked over, replaced.
// What is put around a copy (manifest, hashes, one file) is not the store's affair: `backup/`.
import type { Doctor } from './doctor.ts'

export interface SnapshotFacts {
  engine: 'sqlite'
  /** The number of the newest migration in it. */
  schema: number
  epoch: string
  counts: { users: number; conversations: number; messages: number }
}

export interface SnapshotOptions {
  /** Aborted: the copy stops, `take` rejects, and what it wrote is the caller's to remove. */
  signal?: AbortSignal
  onProgress?: (done: number, total: number) => void
}

export interface Custody {
  /**
   * Copies one instant of the store into `file`, which is made. A server may go on writing meanwhile.
   * Sessions are left out: nobody can use them after a restore, and a thief should not learn of them.
   * @throws when there is no store
   */
  take(file: string, options?: SnapshotOptions): Promise<SnapshotFacts>
  /** What a copy holds. @throws when it is no store of ours, or of a newer program */
  facts(file: string): SnapshotFacts
  /** Brings a copy to this program's schema. */
  update(file: string): void
  /** A doctor for the store itself, or for a copy. Changes nothing. @throws when there is none */
  doctor(file?: string): Doctor
  /** Takes the store from everybody else until it is given back. @throws when a server has it */
  occupy(): Occupied
}

export interface Occupied {
  /** Begins a copy's next life: a new epoch, no sessions (SYNC-7). */
  revive(file: string): void
  /**
   * Puts a copy in the store's place. The present store is kept, at the path that is answered (null: there was none).
   * The last step is one rename: before it the old store is there whole, after it the new one.
   * @throws when somebody is reading the present store
   */
  install(file: string): string | null
  /**
   * Makes again what follows from what is intact, all of it or nothing, and tells each thing done. What clients may
   * have believed begins a new epoch.
   */
  repair(): Promise<string[]>
  release(): void
}
