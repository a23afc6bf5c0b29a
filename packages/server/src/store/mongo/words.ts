// The words in a message's document, which a multikey index makes findable: written with the message and with every
// change of it (SRCH-3), so there is nothing to keep in step. Documents from before there was search are given theirs
// behind the server's back, in the order of their ids; a server that starts goes on where the last one was.
import type { Db } from 'mongodb'
import { searchedText, termsOfText } from '@palabre/protocol'
import { searchVersion } from '../port/search.ts'
import { metaOf } from './meta.ts'
import { messageFrom, messagesOf, type MessageDocument } from './rows.ts'

/** Documents that are given their words together, and the rest after them, so that people come first. */
const together = 200
const restMs = 50

/** Null: there is nothing to find. */
export function wordsOf(message: { kind: string; body: unknown; deletedAt: number | null }): string[] | null {
  const words = [...termsOfText(searchedText(message))]
  return words.length === 0 ? null : words
}

interface FillState {
  /** The last id that is done. */
  upTo: string
  isDone: boolean
}

const start: FillState = { upTo: '', isDone: false }

async function stateOf(db: Db): Promise<FillState> {
  const held = await metaOf(db).findOne({ _id: { $eq: 'search' } })
  if (held === null) return start
  const { version, ...state } = JSON.parse(String(held.value)) as FillState & { version: number }
  return version === searchVersion ? state : start
}

async function keepState(db: Db, state: FillState): Promise<void> {
  const value = JSON.stringify({ ...state, version: searchVersion })
  await metaOf(db).updateOne({ _id: { $eq: 'search' } }, { $set: { value } }, { upsert: true })
}

export interface WordsFiller {
  isDone(): boolean
  settled(): Promise<void>
  stop(): void
}

/** Begins to fill, if that is not done. */
export function startWordsFiller(db: Db): WordsFiller {
  const messages = messagesOf(db)
  let isOver = false
  let isDone = false

  async function next(state: FillState): Promise<FillState> {
    const rows = await messages
      .find({ _id: { $gt: state.upTo } }, { projection: { revs: 0, operations: 0, hash: 0, pair: 0 } })
      .sort({ _id: 1 })
      .limit(together)
      .toArray()
    const last = rows.at(-1)
    if (last === undefined) return { ...state, isDone: true }
    const updates = rows.flatMap((row) => {
      const words = wordsOf(messageFrom(row))
      const held = row.words ?? null
      if (JSON.stringify(words) === JSON.stringify(held)) return []
      const set: Partial<MessageDocument> = { words }
      // Not if it was changed meanwhile: then its words came with the change.
      return [
        { updateOne: { filter: { _id: { $eq: row._id }, rev: { $eq: row.rev } }, update: { $set: set } } },
      ]
    })
    if (updates.length > 0) await messages.bulkWrite(updates, { ordered: false })
    return { upTo: last._id, isDone: rows.length < together }
  }

  async function run(): Promise<void> {
    let state = await stateOf(db)
    while (!state.isDone && !isOver) {
      state = await next(state)
      await keepState(db, state)
      if (!state.isDone) await new Promise((resolve) => setTimeout(resolve, restMs))
    }
    isDone = state.isDone
  }

  // A database that cannot be asked is told of by everything else; the next start goes on.
  const running = run().catch(() => undefined)
  return {
    isDone: () => isDone,
    settled: () => running,
    stop() {
      isOver = true
    },
  }
}
