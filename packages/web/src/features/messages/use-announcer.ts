// Reads arrivals aloud, politely: one sentence a second at most, never one's own, nothing that was there before.
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { kindWords } from './kind-words.ts'
import type { People } from './use-people.ts'
import type { Timeline } from './use-timeline.ts'

const everyMs = 1_000
/** More than these waiting are told as a number. */
const queueLength = 3
const spokenLength = 300

/** The text of the live region. */
export function useAnnouncer(timeline: Timeline, people: People): Readonly<Ref<string>> {
  const { t } = useI18n()
  const spoken = ref('')
  const waiting: string[] = []
  let lastSeq: number | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  function speak(): void {
    timer = undefined
    const count = waiting.length
    if (count > queueLength) waiting.splice(0, count, t('messages.newMessages', { n: count }, count))
    const sentence = waiting.shift()
    if (sentence === undefined) return
    spoken.value = sentence
    timer = setTimeout(speak, everyMs)
  }

  watch(
    () => timeline.view.value.messages,
    (messages) => {
      if (!timeline.isOpen.value) return
      const stored = messages.filter((shown) => !shown.isPending)
      const newest = stored.at(-1)?.message.seq ?? 0
      if (lastSeq !== null) {
        for (const { message, isMine } of stored) {
          if (message.seq <= lastSeq || isMine || message.kind === 'system' || message.deletedAt !== null)
            continue
          const text = kindWords(message, t).slice(0, spokenLength)
          waiting.push(t('messages.arrived', { name: people.nameOf(message.senderId), text }))
        }
      }
      lastSeq = Math.max(lastSeq ?? 0, newest)
      if (timer === undefined) speak()
    },
  )
  watch(timeline.isOpen, () => {
    lastSeq = Math.max(0, ...timeline.view.value.messages.map((shown) => shown.message.seq))
  })
  onScopeDispose(() => clearTimeout(timer))
  return spoken
}
