// Who is in which conversation, in memory: what the hot path asks without touching the store (LOG-1, MEM-1).
// A view is loaded once and then follows the log: a membership change IS its system message (LOG-6),
// so it is applied at its commit, without a read in between. Where other nodes write too, one of theirs may lie in
// between unheard: there a change drops the view, and a view is trusted as `trust.ts` says. The least used give way.
// It is a view and no authority: the store checks membership again at every commit.
import type { Cluster } from '../cluster/port.ts'
import type { ConversationId, Message, SystemBody, UserId } from '@palabre/protocol'
import { effectOf } from '../store/port/fold.ts'
import type { MemberRow, MembersView } from '../store/port/members.ts'
import type { Store } from '../store/port/store.ts'
import { createTrust } from './trust.ts'

/** Members kept in memory over all conversations: about 250 bytes each. */
const memberBudget = 400_000
/** A view that others change while it is read is read again, at most this often. */
const attempts = 5

export interface Memberships {
  /** What is in memory, however old: for what carries the `membersRev` that it must not be older than. */
  known(conversationId: ConversationId): MembersView | null
  /** The view if it is in memory and trusted to be as things are now: the hot path's only question. */
  current(conversationId: ConversationId): MembersView | null
  /** The view, loaded when it is not in memory, not trusted, or older than `membersRev`. Null when there is no such
   *  conversation. */
  view(conversationId: ConversationId, membersRev?: number): Promise<MembersView | null>
  member(conversationId: ConversationId, userId: UserId): Promise<MemberRow | null>
  isMember(conversationId: ConversationId, userId: UserId): Promise<boolean>
  /** The `rev` of the last change of membership; 0 when there is no such conversation. */
  membersRev(conversationId: ConversationId): Promise<number>
  /** Follows a system message that this node has committed, and tells the others of it. Idempotent. */
  apply(message: Message): void
  /** Drops the view: the next question loads it. */
  forget(conversationId: ConversationId): void
}

interface Kept {
  view: MembersView
  /** When the reading of it began. */
  readAt: number
}

interface Loading {
  promise: Promise<MembersView | null>
  /** Committed while the load was under way: applied to what it brings. */
  meanwhile: Message[]
  /** Something has changed since it was read. */
  isStale: boolean
}

/** `cluster`: absent where nobody else writes. @param budget members kept in memory, over all conversations */
export function createMemberships(
  store: Pick<Store, 'members'>,
  cluster: Pick<Cluster, 'isShared' | 'commits'> | null = null,
  budget = memberBudget,
): Memberships {
  /** In order of use, the least recent first. */
  const views = new Map<ConversationId, Kept>()
  const loadings = new Map<ConversationId, Loading>()
  const trust = createTrust(cluster?.commits)
  let size = 0

  function keep(view: MembersView, readAt: number) {
    drop(view.conversationId)
    views.set(view.conversationId, { view, readAt })
    size += view.members.size
    for (const oldest of views.keys()) {
      if (size <= budget || oldest === view.conversationId) break
      drop(oldest)
    }
  }

  function drop(conversationId: ConversationId) {
    const kept = views.get(conversationId)
    if (kept === undefined) return
    size -= kept.view.members.size
    views.delete(conversationId)
  }

  function used(conversationId: ConversationId): Kept | null {
    const kept = views.get(conversationId)
    if (kept === undefined) return null
    views.delete(conversationId)
    views.set(conversationId, kept)
    return kept
  }

  function current(conversationId: ConversationId): MembersView | null {
    const kept = used(conversationId)
    return kept !== null && trust.isFresh(kept.readAt) ? kept.view : null
  }

  async function load(conversationId: ConversationId, loading: Loading): Promise<MembersView | null> {
    try {
      let view: MembersView | null = null
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        loading.isStale = false
        const readAt = trust.now()
        const loaded = await store.members.view(conversationId)
        if (loaded === null) return null
        view = loading.meanwhile.reduce(applyMembership, loaded)
        if (loading.isStale) continue
        keep(view, readAt)
        break
      }
      return view
    } finally {
      loadings.delete(conversationId)
    }
  }

  function read(conversationId: ConversationId): Promise<MembersView | null> {
    const underWay = loadings.get(conversationId)
    if (underWay !== undefined) return underWay.promise
    const loading: Loading = { promise: Promise.resolve(null), meanwhile: [], isStale: false }
    loadings.set(conversationId, loading)
    loading.promise = load(conversationId, loading)
    return loading.promise
  }

  async function view(conversationId: ConversationId, membersRev = 0): Promise<MembersView | null> {
    const there = current(conversationId)
    if (there !== null && there.membersRev >= membersRev) return there
    const first = await read(conversationId)
    // It may have been under way before the change that is asked for.
    return first !== null && first.membersRev < membersRev ? read(conversationId) : first
  }

  function forget(conversationId: ConversationId) {
    drop(conversationId)
    const loading = loadings.get(conversationId)
    if (loading !== undefined) loading.isStale = true
  }

  cluster?.commits.onMembersChanged(forget)

  return {
    known: (conversationId) => used(conversationId)?.view ?? null,
    current,
    view,
    async member(conversationId, userId) {
      return (await view(conversationId))?.members.get(userId) ?? null
    },
    async isMember(conversationId, userId) {
      return (await view(conversationId))?.members.has(userId) ?? false
    },
    async membersRev(conversationId) {
      return (await view(conversationId))?.membersRev ?? 0
    },
    apply(message) {
      const { conversationId } = message
      if (cluster?.isShared === true) {
        if (message.kind !== 'system' || !changesMembership(message.body)) return
        forget(conversationId)
        cluster.commits.membersChanged(conversationId)
        return
      }
      loadings.get(conversationId)?.meanwhile.push(message)
      const before = views.get(conversationId)
      if (before === undefined) return
      const after = applyMembership(before.view, message)
      if (after !== before.view) keep(after, before.readAt)
    },
    forget,
  }
}

const membershipEvents: ReadonlySet<SystemBody['event']> = new Set([
  'conversation_created',
  'members_added',
  'member_removed',
  'member_left',
  'role_changed',
])

/** True when the system message changes who is a member, or as what. */
export function changesMembership(body: SystemBody): boolean {
  return membershipEvents.has(body.event)
}

/** The members after a committed system message. Pure; the same object when nothing changes. */
function applyMembership(view: MembersView, message: Message): MembersView {
  if (message.kind !== 'system' || message.rev <= view.membersRev) return view
  if (message.body.event === 'conversation_created' || !changesMembership(message.body)) return view
  const effect = effectOf(
    { kind: 'group', title: null, description: '', members: view.members },
    message.body,
    message,
  )
  const members = new Map(view.members)
  for (const userId of effect.removed) members.delete(userId)
  for (const row of effect.put) members.set(row.userId, row)
  return { ...view, membersRev: message.rev, members }
}
