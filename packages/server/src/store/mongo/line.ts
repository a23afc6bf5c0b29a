// One conversation's writes in this process, one after the other: what is asked for while a write is under way waits,
// and the next write takes all of it that goes together. Other nodes write too; they are met under the unique indexes.
// Keeps the conversation's head between writes. A write that succeeded at highest + 1 proves that the head missed
// nothing; a refusal proves nothing, so it is concluded only from a head that is younger than what is refused.
import type { ConversationId } from '@palabre/protocol'
import type { Alter, Appended, Changed, LogStore, NewMessage } from '../port/log.ts'
import type { Head, Heads } from './heads.ts'

/** Moments in the order in which they came, in this process. */
export type Moment = number

let moments = 0
export function moment(): Moment {
  moments += 1
  return moments
}

interface Waiting<T> {
  /** When it was asked for. */
  readonly at: Moment
  resolve(answer: T): void
  reject(error: unknown): void
}

export interface WaitingAppend extends Waiting<Appended> {
  readonly kind: 'append'
  readonly message: NewMessage
}

export interface WaitingChange extends Waiting<Changed> {
  readonly kind: 'change'
  readonly target: Parameters<LogStore['change']>[0]
  readonly alter: Alter
}

export type WaitingWrite = WaitingAppend | WaitingChange

/** What a write sees of its conversation. */
export interface Line {
  readonly id: ConversationId
  /** As far as it is known here. */
  head(): Promise<Head | null>
  /** The head in memory. */
  known(): Head | null
  /** With all that was committed before `since`. */
  headSince(since: Moment): Promise<Head | null>
  /** A write that began `at` has brought the log from the known head to this one. */
  moved(head: Head, at: Moment): void
  /** Nobody knows what a write has done. */
  forget(): void
  /** Resolves when header and members are stored as of `head`, or later. */
  kept(head: Head): Promise<void>
  /** Members and heads that it keeps in memory. */
  weight(): number
}

interface Keeping {
  rev: number
  resolve(): void
  reject(error: unknown): void
}

export function createLine(id: ConversationId, heads: Heads): Line {
  let known: Head | null = null
  /** What was committed before this moment is in it. */
  let asOf: Moment = 0
  /** The newest head to be stored, and the newest that is. */
  let wanted: Head | null = null
  let stored: Head | null = null
  let isKeeping = false
  let keepings: Keeping[] = []

  async function headSince(since: Moment): Promise<Head | null> {
    if (known !== null && asOf > since) return known
    const at = moment()
    known = known === null ? await heads.load(id) : await heads.catchUp(known)
    asOf = at
    return known
  }

  /** One write of the checkpoints at a time; those who wait for it meanwhile share the next one. */
  async function keep(): Promise<void> {
    isKeeping = true
    try {
      while (wanted !== null && keepings.length > 0) {
        const head = wanted
        await heads.forward(head, stored)
        stored = head
        const waited = keepings
        keepings = waited.filter(({ rev }) => rev > head.rev)
        for (const { rev, resolve } of waited) if (rev <= head.rev) resolve()
      }
    } catch (error) {
      stored = null
      const lost = keepings
      keepings = []
      for (const { reject } of lost) reject(error)
    } finally {
      isKeeping = false
    }
  }

  return {
    id,
    known: () => known,
    async head() {
      return known ?? headSince(asOf)
    },
    headSince,
    moved(head, at) {
      known = head
      asOf = Math.max(asOf, at)
    },
    forget() {
      known = null
    },
    kept(head) {
      if (stored !== null && stored.rev >= head.rev) return Promise.resolve()
      if (wanted === null || head.rev > wanted.rev) wanted = head
      return new Promise((resolve, reject) => {
        keepings.push({ rev: head.rev, resolve, reject })
        if (!isKeeping) void keep()
      })
    },
    weight: () => 1 + (known?.folded.members.size ?? 0),
  }
}
