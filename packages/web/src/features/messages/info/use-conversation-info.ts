// What one can change about a conversation and who is in it: each act waits for the server, and says what went wrong.
import {
  hasRole,
  limits,
  type ConversationId,
  type Member,
  type Role,
  type User,
  type UserId,
} from '@palabre/protocol'
import { computed, ref, shallowRef, type ComputedRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { client, useObservable } from '../../../client.ts'
import { useErrorSentence } from '../../../use-error-sentence.ts'
import type { OpenConversation } from '../use-conversation.ts'

export type MemberAct = 'admin' | 'member' | 'owner' | 'remove'

export interface ConversationInfo {
  readonly members: ComputedRef<readonly Member[]>
  /** Members that are not shown yet. */
  readonly hidden: ComputedRef<number>
  readonly isContact: ComputedRef<boolean>
  readonly isBusy: Readonly<Ref<boolean>>
  /** What the last act was refused for; empty when it was not. */
  readonly error: Readonly<Ref<string>>
  showMore(): Promise<void>
  actsOn(member: Member): readonly MemberAct[]
  act(member: Member, act: MemberAct): Promise<boolean>
  save(input: { title: string; description: string }): Promise<boolean>
  add(people: readonly User[]): Promise<boolean>
  leave(heirId: string | null): Promise<boolean>
  setContact(userId: string, isContact: boolean): Promise<boolean>
}

const rank: Record<Role, number> = { owner: 0, admin: 1, member: 2 }

export function useConversationInfo(open: OpenConversation): ConversationInfo {
  const id = open.id as ConversationId
  const { locale } = useI18n()
  const errors = useErrorSentence()
  const contacts = useObservable(client.users.contacts)
  const more = shallowRef<readonly Member[]>([])
  const isBusy = ref(false)
  const error = ref('')
  const conversation = computed(() => open.view.value?.conversation ?? null)

  /** Me, the owner, admins, then by name. Those the conversation carries are newer than fetched pages. */
  const members = computed(() => {
    const known = new Map<string, Member>()
    const carried = conversation.value?.members ?? []
    for (const member of [...more.value, ...carried]) known.set(member.user.id, member)
    const { compare } = new Intl.Collator(locale.value)
    const first = (member: Member) => (member.user.id === open.myId.value ? -1 : rank[member.role])
    return [...known.values()].sort(
      (a, b) => first(a) - first(b) || compare(a.user.displayName, b.user.displayName),
    )
  })

  async function attempt(run: () => Promise<unknown>): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    error.value = ''
    try {
      await run()
      return true
    } catch (reason) {
      error.value = errors.sentenceOf(reason)
      return false
    } finally {
      isBusy.value = false
    }
  }

  function forget(userId: string): void {
    more.value = more.value.filter((member) => member.user.id !== userId)
  }

  return {
    members,
    hidden: computed(() => Math.max(0, (conversation.value?.memberCount ?? 0) - members.value.length)),
    isContact: computed(() => contacts.value.some((user) => user.id === open.view.value?.other?.id)),
    isBusy,
    error,
    async showMore() {
      await attempt(async () => {
        const page = await client.conversations.members(id, {
          offset: members.value.length,
          limit: limits.page,
        })
        more.value = [...more.value, ...page.members]
      })
    },
    actsOn(member) {
      if (!open.isAdmin.value || member.user.id === open.myId.value || member.role === 'owner') return []
      const isOwner = open.role.value === 'owner'
      const acts: MemberAct[] = [hasRole(member.role, 'admin') ? 'member' : 'admin']
      if (isOwner) acts.push('owner')
      return [...acts, 'remove']
    },
    act: (member, act) =>
      attempt(async () => {
        forget(member.user.id)
        if (act === 'remove') await client.conversations.removeMember(id, member.user.id)
        else await client.conversations.changeRole(id, member.user.id, act)
      }),
    save: (input) =>
      attempt(async () => {
        const now = conversation.value
        const title = input.title.trim()
        const description = input.description.trim()
        const change = {
          ...(title !== '' && title !== now?.title ? { title } : {}),
          ...(description !== now?.description ? { description } : {}),
        }
        if (Object.keys(change).length > 0) await client.conversations.update(id, change)
      }),
    add: (people) =>
      attempt(() =>
        client.conversations.addMembers(
          id,
          people.map((user) => user.id),
        ),
      ),
    leave: (heirId) =>
      attempt(() => client.conversations.leave(id, (heirId ?? undefined) as UserId | undefined)),
    setContact: (userId, isContact) =>
      attempt(() =>
        isContact ? client.users.addContact(userId as UserId) : client.users.removeContact(userId as UserId),
      ),
  }
}
