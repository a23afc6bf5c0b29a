// Who is in which conversation, in memory: what the hot path asks without touching the store (LOG-1, MEM-1).
// A view is loaded once and then follows the log: a membership change IS its system message (LOG-6),
// so it is applied at its commit, without a read in between. The least used views give way.
// It is a view and no authority: the store checks membership again at every commit.
import type { ConversationId, Message, SystemBody, UserId } from '@palabre/protocol'
import { effectOf } from '../store/port/fold.ts'
import type { MemberRow, MembersView } from '../store/port/members.ts'
import type { Store } from '../store/port/store.ts'

/** Members kept in memory over all conversations: about 250 bytes each. */
const memberBudget = 400_000

export interface Memberships {
  /** The view if it is in memory: the hot path's only question. */
  known(conversationId: ConversationId): MembersView | null
  /** The view, loaded when it is not in memory. Null when there is no such conversation. */
  view(conversationId: ConversationId): Promise<MembersView | null>
  member(conversationId: ConversationId, userId: UserId): Promise<MemberRow | null>
  isMember(conversationId: ConversationId, userId: UserId): Promise<boolean>
  /** The `rev` of the last change of membership; 0 when there is no such conversation. */
  membersRev(conversationId: ConversationId): Promise<number>
  /** Follows a committed system message at once, without reading. Idempotent; older ones are ignored. */
  apply(message: Message): void
  /** Drops the view: the next question loads it. */
  forget(conversationId: ConversationId): void
}

interface Loading {
  promise: Promise<MembersView | null>
  /** Committed while the load was under way: applied to what it brings. */
  meanwhile: Message[]
}

/** @param budget members kept in memory, over all conversations */
export function createMemberships(store: Pick<Store, 'members'>, budget = memberBudget): Memberships {
  /** In order of use, the least recent first. */
  const views = new Map<ConversationId, MembersView>()
  const loadings = new Map<ConversationId, Loading>()
  let kept = 0

  function keep(view: MembersView) {
    drop(view.conversationId)
    views.set(view.conversationId, view)
    kept += view.members.size
    for (const oldest of views.keys()) {
      if (kept <= budget || oldest === view.conversationId) break
      drop(oldest)
    }
  }

  function drop(conversationId: ConversationId) {
    const view = views.get(conversationId)
    if (view === undefined) return
    kept -= view.members.size
    views.delete(conversationId)
  }

  function known(conversationId: ConversationId): MembersView | null {
    const view = views.get(conversationId)
    if (view === undefined) return null
    views.delete(conversationId)
    views.set(conversationId, view)
    return view
  }

  async function load(conversationId: ConversationId, meanwhile: Message[]) {
    try {
      const loaded = await store.members.view(conversationId)
      if (loaded === null) return null
      const view = meanwhile.reduce(applyMembership, loaded)
      keep(view)
      return view
    } finally {
      loadings.delete(conversationId)
    }
  }

  async function view(conversationId: ConversationId): Promise<MembersView | null> {
    const there = known(conversationId)
    if (there !== null) return there
    const underWay = loadings.get(conversationId)
    if (underWay !== undefined) return underWay.promise
    const meanwhile: Message[] = []
    const promise = load(conversationId, meanwhile)
    loadings.set(conversationId, { promise, meanwhile })
    return promise
  }

  return {
    known,
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
      loadings.get(message.conversationId)?.meanwhile.push(message)
      const before = views.get(message.conversationId)
      if (before === undefined) return
      const after = applyMembership(before, message)
      if (after !== before) keep(after)
    },
    forget(conversationId) {
      drop(conversationId)
    },
  }
}

/** True when the system message changes who is a member, or as what. */
export function changesMembership(body: SystemBody): boolean {
  return body.event !== 'title_changed' && body.event !== 'description_changed'
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
