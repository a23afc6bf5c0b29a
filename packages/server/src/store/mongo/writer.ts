// All writes of the log in this process. Conversations go side by side; in each of them one write is under way, and what
// is asked for meanwhile shares the next one. There is no timer but for those that others were faster than.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from 'mongodb'
import type { ConversationId } from '@palabre/protocol'
import type { Alter, Appended, Changed, NewMessage } from '../port/log.ts'
import type { StoreObserver } from '../port/store.ts'
import type { Heads } from './heads.ts'
import {
  createLine,
  moment,
  type Line,
  type WaitingAppend,
  type WaitingChange,
  type WaitingWrite,
} from './line.ts'
import { createPatience } from './taking.ts'
import { appending } from './writes/append.ts'
import { changing } from './writes/change.ts'

export interface Writer {
  append(message: NewMessage): Promise<Appended>
  change(target: WaitingChange['target'], alter: Alter): Promise<Changed>
}

interface Queue {
  line: Line
  waiting: WaitingWrite[]
  isWorking: boolean
  weight: number
}

/** Writes that share one; more than this and the first of them wait too long. */
const turnMax = 500
/** Characters of text that share one. */
const textMax = 4_194_304
/** Members and heads kept in memory before those of quiet conversations are forgotten; about 40 MB. */
const weightMax = 200_000

export function createWriter(db: Db, heads: Heads, observer: StoreObserver | undefined): Writer {
  const append = appending(db, observer)
  const change = changing(db, observer)
  const queues = new Map<ConversationId, Queue>()

  /** Members and heads in memory. */
  let weight = 0

  function queueOf(id: ConversationId): Queue {
    const known = queues.get(id)
    if (known !== undefined) return known
    const queue: Queue = { line: createLine(id, heads), waiting: [], isWorking: false, weight: 0 }
    queues.set(id, queue)
    return queue
  }

  function put(id: ConversationId, entry: WaitingWrite): void {
    const queue = queueOf(id)
    queue.waiting.push(entry)
    if (queue.isWorking) return
    queue.isWorking = true
    // After the sockets that are ready now have been read: what they ask for shares the write.
    setImmediate(() => void work(queue))
  }

  async function work(queue: Queue): Promise<void> {
    const { line, waiting } = queue
    const patience = createPatience()
    while (waiting.length > 0) {
      const turn = takeTurn(waiting)
      const head = line.known()
      const startedAt = performance.now()
      try {
        const left = isAppends(turn) ? await append(line, turn) : await change(line, turn)
        waiting.unshift(...left)
        if (left.length < turn.length) {
          patience.calm()
          // As long again as it took: in this time another node finds the head as it is.
          if (waiting.length > 0) await sleep(performance.now() - startedAt)
        } else if (line.known() === head) await patience.wait()
      } catch (error) {
        line.forget()
        for (const { reject } of turn) reject(error)
      }
    }
    queue.isWorking = false
    weigh(queue)
  }

  function weigh(queue: Queue): void {
    const before = queue.weight
    queue.weight = queue.line.weight()
    weight += queue.weight - before
    if (weight <= weightMax) return
    for (const [id, quiet] of queues) {
      if (quiet.isWorking) continue
      queues.delete(id)
      weight -= quiet.weight
    }
  }

  return {
    append: (message) =>
      new Promise((resolve, reject) => {
        put(message.conversationId, { kind: 'append', message, at: moment(), resolve, reject })
      }),
    change: (target, alter) =>
      new Promise((resolve, reject) => {
        put(target.conversationId, { kind: 'change', target, alter, at: moment(), resolve, reject })
      }),
  }
}

/** What stands first, with all that follows it and can share its write. */
function takeTurn(waiting: WaitingWrite[]): WaitingAppend[] | WaitingChange[] {
  const [first] = waiting
  const count = first?.kind === 'append' ? appendsIn(waiting) : changesIn(waiting)
  return waiting.splice(0, count) as WaitingAppend[] | WaitingChange[]
}

/** A change of members is stored alone: who comes after it is looked at with the new ones. */
function appendsIn(waiting: readonly WaitingWrite[]): number {
  let length = 0
  const end = waiting.findIndex((entry, index) => {
    if (entry.kind !== 'append' || index >= turnMax) return true
    const { content } = entry.message
    if (content.kind === 'system') return true
    length += 'text' in content.body ? content.body.text.length : 0
    return length > textMax
  })
  return end === -1 ? waiting.length : Math.max(1, end)
}

function changesIn(waiting: readonly WaitingWrite[]): number {
  const [first] = waiting
  const end = waiting.findIndex(
    (entry, index) =>
      first?.kind !== 'change' ||
      entry.kind !== 'change' ||
      entry.target.id !== first.target.id ||
      index >= turnMax,
  )
  return end === -1 ? waiting.length : Math.max(1, end)
}

function isAppends(turn: WaitingAppend[] | WaitingChange[]): turn is WaitingAppend[] {
  return turn[0]?.kind === 'append'
}
