// The signed-in devices: listed from the server each time one looks, ended one by one or all the others at once.
import { unknownDevice, type Session, type SessionId } from '@palabre/protocol'
import { computed, onMounted, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { client } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import { codeOf, useErrorSentence } from '../../use-error-sentence.ts'
import { useProof } from '../accounts/use-proof.ts'

export function useDevices() {
  const { t } = useI18n()
  const toast = useToast()
  const { sentenceOf } = useErrorSentence()
  const proof = useProof()
  const devices = shallowRef<readonly Session[] | null>(null)
  const failure = ref('')
  const busyId = ref<SessionId | 'others' | null>(null)
  const others = computed(() => (devices.value ?? []).filter(({ current }) => !current))

  function nameOf({ deviceName }: Session): string {
    return deviceName === unknownDevice ? t('settings.devices.unknown') : deviceName
  }

  async function load(): Promise<void> {
    try {
      const sessions = await client.auth.listSessions()
      devices.value = [...sessions].sort(
        (a, b) => Number(b.current) - Number(a.current) || b.lastUsedAt - a.lastUsedAt,
      )
      failure.value = ''
    } catch (error) {
      failure.value = sentenceOf(error)
    }
  }

  async function endOne(device: Session): Promise<void> {
    await end(device.id, async () => {
      try {
        await client.auth.endSession(device.id)
      } catch (error) {
        // Already gone is what was wanted.
        if (codeOf(error) !== 'SESSION_NOT_FOUND') throw error
      }
      toast.show(t('settings.devices.ended', { name: nameOf(device) }))
    })
  }

  async function endOthers(): Promise<void> {
    await end('others', async () => {
      const count = await proof.withProof(() => client.auth.endOtherSessions())
      if (count === null) return
      toast.show(t('settings.devices.endedMany', { n: count }, count))
    })
  }

  async function end(id: SessionId | 'others', run: () => Promise<void>): Promise<void> {
    if (busyId.value !== null) return
    busyId.value = id
    failure.value = ''
    try {
      await run()
      await load()
    } catch (error) {
      failure.value = sentenceOf(error)
    } finally {
      busyId.value = null
    }
  }

  onMounted(load)
  return { devices, others, nameOf, failure, busyId, load, endOne, endOthers, proof }
}
