// The open conversation as the components of this folder see it; provided once by `ConversationPane`.
import { hasRole, mayDo, type ConversationId, type Right, type Role, type UserId } from '@palabre/protocol'
import type { ConversationView, ShownMessage } from '@palabre/client'
import { computed, inject, provide, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import { client, useObservable } from '../../client.ts'
import { whatOneMay, type Reach } from './bubble/what-one-may.ts'

export type { ConversationView, MessageState, ShownMessage } from '@palabre/client'

export interface OpenConversation {
  readonly id: string
  /** Null when it is not (any more) one of mine, and until the first answer. */
  readonly view: Readonly<Ref<ConversationView | null>>
  /** False until the list is known: then a null view means that it is gone. */
  readonly isKnown: ComputedRef<boolean>
  readonly isGroup: ComputedRef<boolean>
  readonly myId: ComputedRef<string | null>
  readonly role: ComputedRef<Role>
  readonly isAdmin: ComputedRef<boolean>
  /** Whether I have blocked somebody. Reactive. */
  isBlocked(userId: string): boolean
  /** Whether somebody's first words wait for my answer. Reactive. */
  isRequest(userId: string): boolean
  /** By the rights of the group (GRP-1). */
  may(right: Right): boolean
  /** What I may do with a message, now. */
  reach(shown: ShownMessage): Reach
}

const key: InjectionKey<OpenConversation> = Symbol('conversation')

export function provideConversation(conversationId: string): OpenConversation {
  const view = useObservable(client.conversations.one(conversationId as ConversationId))
  const list = useObservable(client.conversations.list)
  const me = useObservable(client.me)
  const rules = useObservable(client.privacy.rules)
  const role = computed<Role>(() => view.value?.conversation.me.role ?? 'member')
  const isGroup = computed(() => view.value?.conversation.kind === 'group')
  const open: OpenConversation = {
    id: conversationId,
    view,
    isKnown: computed(() => list.value.isLoaded),
    isGroup,
    myId: computed(() => me.value?.id ?? null),
    role,
    isAdmin: computed(() => isGroup.value && hasRole(role.value, 'admin')),
    isBlocked: (userId) => rules.value.blocked.has(userId as UserId),
    isRequest: (userId) => rules.value.requests.has(userId as UserId),
    may: (right) => view.value !== null && mayDo(view.value.conversation, role.value, right),
    reach(shown) {
      const { kind = 'direct', settings = {} } = view.value?.conversation ?? {}
      const isNotes = view.value?.isNotes === true
      return whatOneMay(shown, { now: Date.now(), role: role.value, kind, settings, isNotes })
    },
  }
  provide(key, open)
  return open
}

export function useConversation(): OpenConversation {
  const open = inject(key, null)
  if (open === null) throw new Error('useConversation() needs a ConversationPane around it')
  return open
}
