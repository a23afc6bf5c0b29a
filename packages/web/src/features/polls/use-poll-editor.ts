// A poll while it is being written: there is always one empty option more to write into, up to the most.
import { limits, type ConversationId } from '@palabre/protocol'
import { computed, ref } from 'vue'
import { client } from '../../client.ts'

let keys = 0
const empty = () => ({ key: ++keys, text: '' })

export function usePollEditor(conversationId: () => string) {
  const question = ref('')
  const options = ref([empty(), empty()])
  const isMultiple = ref(false)
  const isBusy = ref(false)
  const written = computed(() => options.value.map(({ text }) => text.trim()).filter((text) => text !== ''))
  /** Under `polls.` in the words; null: it can be sent. */
  const lacks = computed(() => {
    if (question.value.trim() === '') return 'blank'
    if (written.value.length < limits.pollOptionsMin) return 'few'
    const same = new Set(written.value.map((text) => text.normalize('NFC')))
    return same.size < written.value.length ? 'same' : null
  })

  /** Called at each change of an option. */
  function grow(): void {
    const isFull = options.value.every(({ text }) => text.trim() !== '')
    if (isFull && options.value.length < limits.pollOptions) options.value.push(empty())
  }

  return {
    question,
    options,
    isMultiple,
    isBusy,
    lacks,
    grow,
    remove(place: number): void {
      options.value.splice(place, 1)
      while (options.value.length < limits.pollOptionsMin) options.value.push(empty())
      grow()
    },
    /** False: this device could not keep it. */
    async send(): Promise<boolean> {
      if (lacks.value !== null || isBusy.value) return false
      isBusy.value = true
      try {
        await client.messages.sendPoll(conversationId() as ConversationId, {
          question: question.value.trim(),
          options: written.value,
          isMultiple: isMultiple.value,
        })
        return true
      } finally {
        isBusy.value = false
      }
    },
  }
}
