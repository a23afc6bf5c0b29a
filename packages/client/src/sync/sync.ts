// Keeps the replica level with the server: takes live events in order, sees gaps, asks for the difference, and holds
// everything back while an answer is on its way (SYNC-3, SYNC-4, SYNC-7, SYNC-9, MEM-3).
// What an event does to a conversation is `timeline.ts`'s affair; what is sent is the outbox's.
import {
  limits,
  marksSum,
  PalabreError,
  type AccountEntry,
  type Conversation,
  type ConversationId,
  type EventData,
  type EventName,
  type InputOf,
  type Message,
  type Output,
  type UserId,
} from '@palabre/protocol'
import { backoffMs } from '../connection/backoff.ts'
import type { Call } from '../connection/connection.ts'
import { createGaps } from './gaps.ts'
import type { Replica } from './replica.ts'
import { apply, applyDelta, applyMarks, type Change, type Step } from './timeline.ts'

/** An answer may be 2 MiB on a slow line. */
const SYNC_TIMEOUT_MS = 20_000

export interface Sync {
  /** There is a socket: holds events back and asks for everything. */
  connected(): void
  disconnected(): void
  hear(name: EventName, data: unknown): void
  /** The server acknowledged a change of this device's own: like an event (SYNC-3). */
  acked(message: Message): void
  /** Likewise of what one keeps for oneself. */
  kept(entry: AccountEntry): void
  /** Asks for the difference, of everything or of these; resolves when it is in place. */
  request(what: 'whole' | readonly ConversationId[]): Promise<void>
}

export interface SyncOptions {
  replica: Replica
  call: Call
  isConnected: () => boolean
  /** The link seems dead: reconnect. */
  onDead: () => void
  /** The first answer of this connection is in place. */
  onSynced: () => void
  /** An answer is in place, and has brought changes of these; `isWhole`: it was about everything. */
  onSettled?: (changed: ReadonlySet<ConversationId>, isWhole: boolean) => void
  /** What the server's clock says. */
  onClock?: (serverNow: number) => void
  /** The store was restored: what was learned from the old one is void (SYNC-7). */
  onEpoch: () => void
  /** These are in the log now. */
  onSeen: (messages: readonly Message[]) => void
  /** What is not the log's: typing and presence. */
  onEphemeral: (event: Ephemeral) => void
  random: () => number
}

export type Ephemeral =
  | { event: 'typing'; data: EventData<'typing'> }
  | { event: 'contact_status_changed'; data: EventData<'contact_status_changed'> }

interface Loop {
  /** The first whole answer has come. */
  isLevel: boolean
}

interface Wanted {
  whole: boolean
  only: Set<ConversationId>
  waiters: { resolve: () => void; reject: (error: unknown) => void }[]
}

const nothing = (): Wanted => ({ whole: false, only: new Set(), waiters: [] })

export function createSync(options: SyncOptions): Sync {
  const { replica, call, random } = options
  let wanted = nothing()
  let loop: Loop | null = null
  let isHolding = false
  let isLevel = false
  let held: (() => void)[] = []
  let periodic: ReturnType<typeof setTimeout> | undefined
  const gaps = createGaps({
    cursorOf: (id) => replica.timelines.get(id)?.cursor ?? null,
    onMissing: (id) => want([id]),
  })

  function want(what: 'whole' | readonly ConversationId[]): void {
    if (what === 'whole') wanted.whole = true
    else for (const id of what) wanted.only.add(id)
    if (!loop) void run()
  }

  async function run(): Promise<void> {
    const mine: Loop = { isLevel }
    loop = mine
    let failures = 0
    while (loop === mine && (wanted.whole || wanted.only.size > 0 || wanted.waiters.length > 0)) {
      const taken = wanted
      wanted = nothing()
      isHolding = true
      try {
        const changed = await ask(taken, mine)
        if (loop !== mine) throw new PalabreError('STORE_UNAVAILABLE')
        failures = 0
        for (const waiter of taken.waiters) waiter.resolve()
        if (taken.whole && options.isConnected() && !isLevel) {
          isLevel = true
          release()
          options.onSynced()
        }
        options.onSettled?.(changed, taken.whole)
      } catch (error) {
        if (loop !== mine || !options.isConnected()) {
          for (const waiter of taken.waiters) waiter.reject(error)
          break
        }
        wanted.whole ||= taken.whole
        for (const id of taken.only) wanted.only.add(id)
        wanted.waiters.push(...taken.waiters)
        if (error instanceof PalabreError && error.details?.reason === 'unreachable') {
          options.onDead()
          break
        }
        failures++
        if (isLevel) release()
        await pause(delayAfter(error, failures))
      }
    }
    if (loop !== mine) return
    loop = null
    release()
  }

  function delayAfter(error: unknown, failures: number): number {
    const told = error instanceof PalabreError ? (error.retryAfterMs ?? 0) : 0
    return told + limits.backoffFirstMs / 2 + backoffMs(failures, random())
  }

  /** One question, and as many more as the answer needs, part by part. Answers which conversations have changed. */
  async function ask(taken: Wanted, mine: Loop): Promise<Set<ConversationId>> {
    const changed = new Set<ConversationId>()
    let above: string | undefined
    for (let isMore = true; isMore;) {
      const only = taken.whole ? null : [...taken.only].slice(0, limits.syncConversations)
      const asked = question(only, above)
      const answer = await call('sync', asked, { timeoutMs: SYNC_TIMEOUT_MS })
      if (loop !== mine) return changed
      options.onClock?.(answer.now)
      const { epoch } = replica.meta
      if (epoch !== null && epoch !== answer.epoch) {
        gaps.clear()
        held = []
        replica.clear()
        options.onEpoch()
        taken.whole = true
        above = undefined
        continue
      }
      take(answer)
      for (const { conversation } of answer.conversations) changed.add(conversation.id)
      isMore = answer.more
      if (!isMore && asked.range?.upTo !== undefined) {
        above = asked.range.upTo
        isMore = true
      }
      if (!isMore && only && taken.only.size > only.length) {
        for (const id of only) taken.only.delete(id)
        isMore = true
      }
    }
    return changed
  }

  /** What is held, of these conversations or of as many as one may name, by id from `above` on (SYNC-6). */
  function question(only: ConversationId[] | null, above?: string): InputOf<'sync'> {
    const { epoch, accountRev, profilesRev } = replica.meta
    const held = (only ?? [...replica.timelines.keys()])
      .filter((id) => replica.timelines.has(id) && (above === undefined || id > above))
      .sort()
    const ids = held.slice(0, limits.syncConversations)
    const conversations: Record<string, number> = {}
    const marks: number[] = []
    for (const id of ids) {
      const timeline = replica.timelines.get(id)
      if (!timeline) continue
      const { me, others } = timeline.conversation
      conversations[id] = timeline.cursor
      marks.push(marksSum({ ...me, others }))
    }
    const upTo = held.length > ids.length ? ids.at(-1) : undefined
    return {
      conversations,
      marks,
      account: accountRev,
      ...(epoch === null ? {} : { epoch }),
      ...(profilesRev === null ? {} : { profiles: profilesRev }),
      ...(only === null ? {} : { only }),
      ...(above || upTo ? { range: { above, upTo } } : {}),
    }
  }

  function take(answer: Output<'sync'>): void {
    const me = mine()
    if (me === null) return
    const steps = new Map<ConversationId, Step>()
    for (const delta of answer.conversations) {
      const id = delta.conversation.id
      steps.set(id, applyDelta(replica.timelines.get(id) ?? null, delta, me))
    }
    for (const [key, marks] of Object.entries(answer.marks)) {
      const id = key as ConversationId
      const timeline = replica.timelines.get(id)
      if (!timeline || steps.has(id)) continue
      const next = applyMarks(timeline, marks)
      if (next !== timeline) steps.set(id, { timeline: next, put: [], below: [], isReset: false })
    }
    if (answer.removed.length > 0) replica.remove(answer.removed)
    replica.putUsers(answer.profiles.users)
    replica.putAccount(answer.account.entries, answer.account.reset)
    replica.commit(steps, {
      meta: { epoch: answer.epoch, accountRev: answer.account.rev, profilesRev: answer.profiles.rev },
    })
    options.onSeen([...steps.values()].flatMap((step) => step.put))
  }

  /** What was held back, in order (SYNC-4). */
  function release(): void {
    isHolding = false
    const waiting = held
    held = []
    for (const job of waiting) job()
    for (const id of gaps.ids()) settle(id)
  }

  function inOrder(job: () => void): void {
    if (isHolding) held.push(job)
    else job()
  }

  function takeChange(id: ConversationId, change: Change): void {
    const timeline = replica.timelines.get(id)
    const me = mine()
    if (me === null) return
    if (!timeline) {
      want([id])
      return
    }
    const applied = apply(timeline, change, me)
    if (applied.outcome === 'gap') gaps.keep(id, change)
    if (applied.outcome !== 'applied') return
    replica.commit(new Map([[id, applied]]))
    options.onSeen(applied.put)
    settle(id)
  }

  /** Kept changes whose turn has come. */
  function settle(id: ConversationId): void {
    const next = gaps.next(id)
    if (next) takeChange(id, next)
  }

  function added(conversation: Conversation): void {
    const { id } = conversation
    // Told again of a membership that is held already: nothing to start over.
    if (replica.timelines.get(id)?.conversation.me.joinedRev === conversation.me.joinedRev) return
    if (replica.timelines.has(id)) replica.remove([id])
    gaps.drop(id)
    want([id])
  }

  function account({ rev, entry }: EventData<'account_updated'>): void {
    if (rev <= replica.meta.accountRev) return
    if (rev > replica.meta.accountRev + 1) {
      // The account comes with every answer: no conversation needs to be asked for.
      request([]).catch(() => undefined)
      return
    }
    replica.putAccount([entry], false)
    replica.setMeta({ accountRev: rev })
  }

  function notices(list: EventData<'notifications_batch'>): void {
    for (const notice of list) {
      if (notice.event === 'receipts')
        replica.alter(notice.conversationId, (held) => applyMarks(held, { others: notice.others }), true)
      else if (notice.event === 'marks') {
        const { conversationId, event: _, ...marks } = notice
        replica.alter(conversationId, (held) => applyMarks(held, marks), true)
      } else {
        const { event, ...data } = notice
        options.onEphemeral({ event, data })
      }
    }
  }

  function hint(heads: EventData<'sync_hint'>['heads']): void {
    if (Object.keys(heads).length === 0) planPeriodic(limits.syncSpreadMs * random())
    for (const [key, rev] of Object.entries(heads)) {
      const id = key as ConversationId
      const timeline = replica.timelines.get(id)
      if (!timeline) want([id])
      else if (timeline.cursor < rev) gaps.suspect(id, rev)
    }
  }

  function mine(): UserId | null {
    return replica.me()?.id ?? null
  }

  function request(what: 'whole' | readonly ConversationId[]): Promise<void> {
    return new Promise((resolve, reject) => {
      wanted.waiters.push({ resolve, reject })
      want(what)
    })
  }

  function planPeriodic(afterMs = limits.syncEveryMs * (0.75 + random() / 2)): void {
    clearTimeout(periodic)
    periodic = setTimeout(() => {
      want('whole')
      planPeriodic()
    }, afterMs)
  }

  return {
    connected() {
      loop = null
      isLevel = false
      isHolding = true
      held = []
      planPeriodic()
      want('whole')
    },

    disconnected() {
      loop = null
      isLevel = false
      isHolding = false
      held = []
      gaps.clear()
      clearTimeout(periodic)
      for (const waiter of wanted.waiters) waiter.reject(new PalabreError('STORE_UNAVAILABLE'))
      wanted = nothing()
    },

    hear(name, raw) {
      switch (name) {
        case 'receive_message':
        case 'message_updated': {
          const data = raw as EventData<'message_updated'>
          return inOrder(() => takeChange(data.conversationId, { rev: data.rev, message: data.message }))
        }
        case 'conversation_updated': {
          const data = raw as EventData<'conversation_updated'>
          const change = { rev: data.rev, message: data.message, header: data.conversation }
          return inOrder(() => takeChange(data.conversationId, change))
        }
        case 'conversation_added':
          return inOrder(() => added((raw as EventData<'conversation_added'>).conversation))
        case 'conversation_removed':
          return inOrder(() => {
            const { conversationId } = raw as EventData<'conversation_removed'>
            gaps.drop(conversationId)
            replica.remove([conversationId])
          })
        case 'account_updated':
          return inOrder(() => account(raw as EventData<'account_updated'>))
        case 'profile_updated':
          return replica.putUsers([(raw as EventData<'profile_updated'>).user])
        case 'notifications_batch':
          return inOrder(() => notices(raw as EventData<'notifications_batch'>))
        case 'sync_hint':
          return inOrder(() => hint((raw as EventData<'sync_hint'>).heads))
        case 'typing':
          return options.onEphemeral({ event: 'typing', data: raw as EventData<'typing'> })
        case 'contact_status_changed':
          return options.onEphemeral({
            event: 'contact_status_changed',
            data: raw as EventData<'contact_status_changed'>,
          })
        case 'session_ended':
        case 'server_draining':
          return // The connection's own affair.
      }
    },

    acked: (message) => inOrder(() => takeChange(message.conversationId, { rev: message.rev, message })),
    kept: (entry) => inOrder(() => account({ rev: entry.rev, entry })),
    request,
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
