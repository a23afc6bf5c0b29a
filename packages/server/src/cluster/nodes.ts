// A cluster over a link: the port's promises, engine or none. With a link, presence, ended sessions, membership and
// marks are told to the other nodes and heard from them. Without one it is a node alone, or one of several that cannot
// hear each other, which is a difference only to who trusts memory.
import { randomUUID } from 'node:crypto'
import { limits, type ConversationId, type SessionId, type UserId } from '@palabre/protocol'
import { systemClock, type Clock } from './clock.ts'
import type { Link } from './link.ts'
import { createNeighbours, usualPace, type Neighbours, type Pace } from './neighbours.ts'
import type { Cluster, ClusterObserver, Mark } from './port.ts'
import { createPresence, type PersonWord } from './presence.ts'
import type { Word } from './words.ts'

/** Users and marks of one word: some 64 kB. */
const perWord = 1_000
/** Who has just missed something is not alone: all are answered with one list. */
const answerAfterMs = 100

export interface NodesParts {
  link: Link | null
  isShared: boolean
  /** Of the store: words of nodes with another one are not believed (SYNC-7). */
  epoch: string
  rates: Cluster['rates']
  clock?: Clock
  graceMs?: number
  pace?: Pace
  observer?: ClusterObserver
}

export function createNodes(parts: NodesParts): Cluster {
  const { link, isShared, epoch, rates } = parts
  const clock = parts.clock ?? systemClock
  const graceMs = parts.graceMs ?? limits.presenceGraceMs
  const observer = parts.observer ?? { said: ignore, heard: ignore, dropped: ignore }
  const nodeId = randomUUID()
  const steady = parts.clock === undefined ? () => performance.now() : clock.now
  const ended = createListeners<SessionId[]>()
  const members = createListeners<ConversationId>()
  const rules = createListeners<UserId>()
  const marked = createListeners<Mark>()
  const people = gather<PersonWord>((batch) => say({ is: 'people', part: null, people: batch }))
  const marks = gather<Mark>((batch) =>
    say({ is: 'marks', marks: batch.map((m) => [m.conversationId, m.userId, m.deliveredSeq, m.readSeq]) }),
  )
  const presence = createPresence({
    clock,
    graceMs,
    onPerson: ([userId, ...rest]) => people.add(userId, [userId, ...rest]),
    onDevice: (sessionId, status) => say({ is: 'device', sessionId, status }),
  })
  /** Lists of other nodes' users that have not come whole yet. */
  const lists = new Map<string, PersonWord[]>()
  let answering: (() => void) | null = null
  const goings = new Set<() => void>()

  const neighbours: Neighbours | null =
    link &&
    createNeighbours({
      link,
      nodeId,
      epoch,
      clock,
      now: steady,
      pace: parts.pace ?? usualPace,
      observer,
      onWord: hear,
      onMissed(of) {
        // Half a list may be what was missed.
        lists.delete(of)
        say({ is: 'ask', of })
      },
      onGone: (id) => presence.lost(id),
    })

  function say(word: Word) {
    neighbours?.say(word)
  }

  /** Gathers the latest of each subject for a moment. */
  function gather<T>(flush: (batch: T[]) => void) {
    const waiting = new Map<string, T>()
    let callOff: (() => void) | null = null
    return {
      add(subject: string, value: T) {
        if (link === null) return
        waiting.set(subject, value)
        callOff ??= clock.after(limits.batchMs / 2, () => {
          callOff = null
          const all = [...waiting.values()]
          waiting.clear()
          for (let from = 0; from < all.length; from += perWord) flush(all.slice(from, from + perWord))
        })
      },
      stop: () => callOff?.(),
    }
  }

  function tellAll() {
    const all = presence.here()
    if (all.length <= perWord) return say({ is: 'people', part: 'only', people: all })
    for (let from = 0; from < all.length; from += perWord) {
      const part = from === 0 ? 'first' : from + perWord >= all.length ? 'last' : 'more'
      say({ is: 'people', part, people: all.slice(from, from + perWord) })
    }
  }

  function hear(word: Word, from: string) {
    switch (word.is) {
      case 'beat':
        return
      case 'ask':
        if (word.of !== null && word.of !== nodeId) return
        answering ??= clock.after(answerAfterMs, () => {
          answering = null
          tellAll()
        })
        return
      case 'bye': {
        const callOff = clock.after(graceMs, () => {
          goings.delete(callOff)
          presence.lost(from)
        })
        goings.add(callOff)
        return
      }
      case 'people':
        return heardPeople(word, from)
      case 'device':
        return presence.device(word.sessionId, word.status)
      case 'ended':
        return ended.tell(word.sessionIds)
      case 'members':
        return members.tell(word.conversationId)
      case 'rules':
        return rules.tell(word.userId)
      case 'marks':
        for (const [conversationId, userId, deliveredSeq, readSeq] of word.marks) {
          marked.tell({ conversationId, userId, deliveredSeq, readSeq })
        }
    }
  }

  function heardPeople({ part, people: some }: Extract<Word, { is: 'people' }>, from: string) {
    if (part === null) return presence.heard(from, some, false)
    if (part === 'only' || part === 'first') lists.set(from, [])
    const list = lists.get(from)
    if (list === undefined) return
    list.push(...some)
    if (part === 'first' || part === 'more') return
    lists.delete(from)
    presence.heard(from, list, true)
    neighbours?.caughtUp(from)
  }

  return {
    nodeId,
    isShared,
    presence,
    rates,
    commits: {
      membersChanged: (conversationId) => say({ is: 'members', conversationId }),
      onMembersChanged: members.add,
      rulesChanged: (userId) => say({ is: 'rules', userId }),
      onRulesChanged: rules.add,
      marked: (mark) => marks.add(`${mark.conversationId} ${mark.userId}`, mark),
      onMarked: marked.add,
      heardSince: () => (isShared ? (neighbours?.heardSince() ?? null) : 0),
      now: steady,
    },
    sessions: {
      ended(sessionIds) {
        say({ is: 'ended', sessionIds })
        ended.tell(sessionIds)
      },
      onEnded: ended.add,
    },
    isUp: () => neighbours?.isUp() ?? false,
    async close() {
      people.stop()
      marks.stop()
      answering?.()
      for (const callOff of goings) callOff()
      presence.stop()
      await neighbours?.close()
      for (const listeners of [ended, members, rules, marked]) listeners.clear()
    },
  }
}

function createListeners<T>() {
  const listeners = new Set<(value: T) => void>()
  return {
    add(listener: (value: T) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    tell(value: T) {
      for (const listener of listeners) listener(value)
    },
    clear: () => listeners.clear(),
  }
}

function ignore() {}
