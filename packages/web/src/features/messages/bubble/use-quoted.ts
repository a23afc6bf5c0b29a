// The quoted message: from the timeline when it is there, else asked for once; undefined while it is on its way.
import type { ConversationId, Message, MessageId } from '@palabre/protocol'
import { inject, provide, shallowRef, type InjectionKey, type ShallowRef } from 'vue'
import { client } from '../../../client.ts'
import type { Timeline } from '../use-timeline.ts'

export type Quoted = (messageId: string) => Message | null | undefined

const key: InjectionKey<Quoted> = Symbol('quoted')

export function provideQuoted(conversationId: string, timeline: Timeline): void {
  const asked = new Map<string, ShallowRef<Message | null | undefined>>()
  provide(key, (messageId) => {
    // Asked first, so that what was fetched stays while the window slides; the timeline's is newer.
    const near = timeline.find(messageId)
    if (near !== null) return near.message
    let answer = asked.get(messageId)
    if (answer === undefined) {
      const fresh = shallowRef<Message | null | undefined>(undefined)
      asked.set(messageId, fresh)
      client.messages.get(conversationId as ConversationId, messageId as MessageId).then(
        (message) => (fresh.value = message),
        () => {
          // Not now: asked again when it is drawn again.
          asked.delete(messageId)
        },
      )
      answer = fresh
    }
    return answer.value
  })
}

export function useQuoted(): Quoted {
  return inject(key, () => undefined)
}
