// What this device holds of the server's truth, in memory and in the cache. `commit` changes both: memory at once,
// the cache in the same order behind it, data and cursor in one write (SYNC-2). The cache is therefore never ahead
// and always consistent; when a write fails it is left where it was, and the next start catches up from there.
// It decides nothing: `sync.ts` does. Where several tabs share a cache only the one that leads writes what came from the
// server; the others follow in memory, by what it tells after each write: nobody is told what is not in the cache yet.
import type { AccountEntry, ConversationId, Message, User, UserId } from '@palabre/protocol'
import { isHidden } from '@palabre/protocol'
import type { Cache, CacheMeta, CacheWrite, OutboxEntry } from '../cache/port.ts'
import { isBelow, type Step, type Timeline } from './timeline.ts'

/** Messages in memory at start where unread ones have to be counted on this device. */
const WINDOW_TO_COUNT = 200

export interface Touched {
  conversations: ReadonlySet<ConversationId>
  users: ReadonlySet<UserId>
  account: boolean
  /** Anything may be different: another user, another epoch. */
  all: boolean
}

/** What has just been written to the cache. */
export interface Kept {
  write?: CacheWrite
  draft?: { id: ConversationId; text: string }
  pendingRead?: { id: ConversationId; seq: number | null }
}

/** The parts in memory, for who follows another tab. */
export interface Held {
  readonly timelines: Map<ConversationId, Timeline>
  readonly account: Map<string, AccountEntry>
  readonly drafts: Map<ConversationId, string>
  readonly pendingReads: Map<ConversationId, number>
  meta: CacheMeta
  /** Answers those that are newer than what was known. */
  learnUsers(users: Iterable<User>): User[]
  /** All of it goes. */
  forget(): void
}

export interface Replica {
  /** Who is signed in; null: nobody. */
  me(): User | null
  readonly meta: Readonly<CacheMeta>
  readonly timelines: ReadonlyMap<ConversationId, Timeline>
  readonly users: ReadonlyMap<UserId, User>
  readonly account: ReadonlyMap<string, AccountEntry>
  readonly drafts: ReadonlyMap<ConversationId, string>
  /** How far this person has read here, as far as the server does not know it yet. */
  readonly pendingReads: ReadonlyMap<ConversationId, number>
  /** The cache has been read. */
  isOpen(): boolean

  /**
   * Reads the cache, anew if it is open already: then windows stay as long as they were. `follows`: another tab
   * writes what comes from the server.
   */
  open(me: User, cache: Cache, follows?: boolean): Promise<OutboxEntry[]>
  /** Waits for the cache to catch up, then forgets. `destroy`: the cache too; `keepOutbox`: all of it but that. */
  close(end: 'keep' | 'keepOutbox' | 'destroy'): Promise<void>

  /** Puts steps of the log in place. `more` goes into the same write. */
  commit(steps: ReadonlyMap<ConversationId, Step>, more?: CacheWrite): void
  /** Changes that are not the log's (marks, a page that is expected). */
  alter(id: ConversationId, change: (timeline: Timeline) => Timeline, isDurable: boolean): void
  remove(ids: readonly ConversationId[], more?: CacheWrite): void
  /** Everything but the outbox and drafts goes (SYNC-7). */
  clear(): void
  setMeta(meta: Partial<CacheMeta>): void
  putUsers(users: readonly User[]): void
  putAccount(entries: readonly AccountEntry[], isWhole: boolean): void
  setMe(me: User): void
  setDraft(id: ConversationId, text: string): void
  setPendingRead(id: ConversationId, seq: number | null): void
  /** Reads the cache after everything that was committed so far. */
  inCache<T>(read: (cache: Cache) => Promise<T>): Promise<T>
  onTouched(listener: (touched: Touched) => void): void
  /** Hears of each write once it is in the cache. */
  onKept(listener: ((kept: Kept) => void) | null): void
  /** Takes over what another tab has written to the same cache; `change` answers what it touched. */
  adopt(change: (held: Held) => Partial<Touched>): void
  /** All that came from the server and is in memory. */
  whole(): CacheWrite
}

const none = {
  conversations: new Set<ConversationId>(),
  users: new Set<UserId>(),
  account: false,
  all: false,
}
const emptyMeta: CacheMeta = { epoch: null, accountRev: 0, profilesRev: null }

export function createReplica(): Replica {
  let me: User | null = null
  let cache: Cache | null = null
  let meta: CacheMeta = emptyMeta
  const timelines = new Map<ConversationId, Timeline>()
  const users = new Map<UserId, User>()
  const account = new Map<string, AccountEntry>()
  const drafts = new Map<ConversationId, string>()
  const pendingReads = new Map<ConversationId, number>()
  const listeners: ((touched: Touched) => void)[] = []
  /** All access to the cache, one after the other. */
  let line: Promise<unknown> = Promise.resolve()
  let isCacheBehind = false
  let isFollowing = false
  let tellKept: ((kept: Kept) => void) | null = null

  function touch(touched: Partial<Touched>): void {
    const whole = { ...none, ...touched }
    for (const listener of listeners) listener(whole)
  }

  function enqueue<T>(job: (cache: Cache) => Promise<T>): Promise<T> {
    const mine = cache
    const done = line.then(() => {
      if (!mine) throw new Error('the cache is closed')
      return job(mine)
    })
    line = done.catch(() => undefined)
    return done
  }

  /** Once a write failed, later ones would leave a hole: the cache stays where it is. */
  function writeBehind(write: CacheWrite, below: readonly Message[] = []): void {
    if (!cache || isFollowing) return
    enqueue(async (held) => {
      if (isCacheBehind) {
        tellKept?.({ write })
        return
      }
      const older: Message[] = []
      for (const message of below) {
        const [at] = await held.messages(message.conversationId, message.seq + 1, 1)
        if (at?.id === message.id && at.rev < message.rev) older.push(message)
      }
      const all = { ...write, messages: [...(write.messages ?? []), ...older] }
      try {
        await held.write(all)
      } finally {
        tellKept?.({ write: all })
      }
    }).catch(() => {
      isCacheBehind = true
    })
  }

  /** All that came from the server, for a cache that has to begin anew. */
  function whole(): CacheWrite {
    return {
      meta,
      conversations: [...timelines.values()].map(cached),
      messages: [...timelines.values()].flatMap(({ messages }) => messages),
      users: [...users.values()],
      account: [...account.values()],
    }
  }

  function forget(): void {
    meta = emptyMeta
    for (const part of [timelines, users, account, drafts, pendingReads]) part.clear()
    // Nor does the rev count by which one knew oneself: a restored server may know an older profile (SYNC-7).
    if (me) me = { ...me, rev: 0 }
  }

  function learnUsers(found: Iterable<User>): User[] {
    const learned: User[] = []
    for (const user of found) {
      const held = users.get(user.id)
      if (held && held.rev >= user.rev) continue
      users.set(user.id, user)
      if (me && me.id === user.id && me.rev < user.rev) me = user
      learned.push(user)
    }
    return learned
  }

  return {
    me: () => me,
    get meta() {
      return meta
    },
    timelines,
    users,
    account,
    drafts,
    pendingReads,
    isOpen: () => cache !== null,

    async open(user, opened, follows = false) {
      me = user
      await line
      const held = await opened.read()
      const windows = new Map<ConversationId, { messages: Message[]; inCache: boolean; generation: number }>()
      for (const { id, conversation } of held.conversations) {
        const before = timelines.get(id)
        const { lastMessage } = conversation
        // The newest alone, which the row of the list shows, unless its person deleted it; more when someone looks.
        const isMore = held.pendingMarks.has(id) || (lastMessage && isHidden(lastMessage))
        const size = Math.max(isMore ? WINDOW_TO_COUNT : 1, before?.messages.length ?? 0)
        const messages = size === 1 && lastMessage ? [lastMessage] : await opened.messages(id, null, size)
        windows.set(id, {
          messages,
          inCache: messages.length === size && isBelow(conversation, messages),
          generation: (before?.generation ?? 0) + 1,
        })
      }
      forget()
      cache = opened
      isFollowing = follows
      if (!follows) cache.renewFrom?.(whole)
      isCacheBehind = false
      meta = held.meta
      for (const entry of held.account) account.set(entry.key, entry)
      for (const [id, text] of held.drafts) drafts.set(id, text)
      for (const [id, marks] of held.pendingMarks) pendingReads.set(id, marks.readSeq)
      for (const conversation of held.conversations) {
        const window = windows.get(conversation.id) ?? { messages: [], inCache: false, generation: 1 }
        timelines.set(conversation.id, {
          conversation: conversation.conversation,
          cursor: conversation.cursor,
          ...window,
          // The cache may have dropped old ones to make room.
          hasBefore:
            conversation.hasBefore ||
            (!window.inCache && isBelow(conversation.conversation, window.messages)),
          below: null,
        })
        learnUsers(conversation.conversation.members.map((member) => member.user))
      }
      learnUsers([user, ...held.users])
      touch({ all: true })
      return held.outbox
    },

    async close(end) {
      const closing = cache
      isFollowing = false
      if (end === 'keepOutbox') writeBehind({ clear: true })
      await line
      cache = null
      me = null
      forget()
      touch({ all: true })
      if (closing) await (end === 'destroy' ? closing.destroy() : closing.close())
    },

    commit(steps, more = {}) {
      const learned: User[] = []
      const put: Message[] = []
      const below: Message[] = []
      const dropped: ConversationId[] = []
      for (const [id, step] of steps) {
        timelines.set(id, step.timeline)
        put.push(...step.put)
        below.push(...step.below)
        if (step.isReset) dropped.push(id)
        learned.push(...learnUsers(step.timeline.conversation.members.map((member) => member.user)))
      }
      if (more.meta) meta = { ...meta, ...more.meta }
      writeBehind(
        {
          ...more,
          conversations: [...steps.values()].map(({ timeline }) => cached(timeline)),
          messages: put,
          dropMessagesOf: dropped,
          users: [...(more.users ?? []), ...learned],
        },
        below,
      )
      touch({
        conversations: new Set(steps.keys()),
        users: new Set(learned.map((user) => user.id)),
      })
    },

    alter(id, change, isDurable) {
      const held = timelines.get(id)
      if (!held) return
      const next = change(held)
      if (next === held) return
      timelines.set(id, next)
      if (isDurable) writeBehind({ conversations: [cached(next)] })
      touch({ conversations: new Set([id]) })
    },

    remove(ids, more = {}) {
      for (const id of ids) {
        timelines.delete(id)
        drafts.delete(id)
        pendingReads.delete(id)
      }
      writeBehind({ ...more, removeConversations: [...ids] })
      touch({ conversations: new Set(ids) })
    },

    clear() {
      const kept = new Map(drafts)
      forget()
      for (const [id, text] of kept) drafts.set(id, text)
      writeBehind({ clear: true })
      if (me) learnUsers([me])
      touch({ all: true })
    },

    setMeta(next) {
      meta = { ...meta, ...next }
      writeBehind({ meta: next })
    },

    putUsers(found) {
      const learned = learnUsers(found)
      if (learned.length === 0) return
      writeBehind({ users: learned })
      touch({ users: new Set(learned.map((user) => user.id)) })
    },

    putAccount(entries, isWhole) {
      const gone = isWhole
        ? [...account.values()].filter((held) => !entries.some((entry) => entry.key === held.key))
        : []
      const write = [...gone.map((entry) => ({ ...entry, value: null })), ...entries]
      for (const entry of write) {
        if (entry.value === null) account.delete(entry.key)
        else account.set(entry.key, entry)
      }
      if (write.length === 0) return
      writeBehind({ account: write })
      touch({ account: true })
    },

    setMe(user) {
      me = user
      users.set(user.id, user)
      writeBehind({ users: [user] })
      touch({ users: new Set([user.id]) })
    },

    setDraft(id, text) {
      if (text === '') drafts.delete(id)
      else drafts.set(id, text)
      enqueue((held) => held.putDraft(id, text)).then(() => tellKept?.({ draft: { id, text } }), ignore)
      touch({ conversations: new Set([id]) })
    },

    setPendingRead(id, seq) {
      if (seq === null) pendingReads.delete(id)
      else pendingReads.set(id, seq)
      const marks = seq === null ? null : { deliveredSeq: 0, readSeq: seq }
      if (!isFollowing)
        enqueue((held) => held.putPendingMarks(id, marks)).then(
          () => tellKept?.({ pendingRead: { id, seq } }),
          ignore,
        )
      touch({ conversations: new Set([id]) })
    },

    inCache: enqueue,
    onTouched: (listener) => void listeners.push(listener),
    onKept(listener) {
      tellKept = listener
    },
    adopt(change) {
      touch(
        change({
          timelines,
          account,
          drafts,
          pendingReads,
          get meta() {
            return meta
          },
          set meta(next) {
            meta = next
          },
          learnUsers,
          forget,
        }),
      )
    },
    whole,
  }
}

function ignore(): void {}

function cached(timeline: Timeline) {
  return {
    id: timeline.conversation.id,
    conversation: timeline.conversation,
    cursor: timeline.cursor,
    hasBefore: timeline.hasBefore,
  }
}
