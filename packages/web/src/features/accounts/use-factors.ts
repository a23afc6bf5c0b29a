// The second factor in the settings: an app for one-time codes, and passkeys. What is sensitive asks for the password.
import type { Output, Passkey } from '@palabre/protocol'
import { onMounted, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { client } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import { deviceName } from '../../device-name.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'
import { makePasskey } from './browser-passkeys.ts'
import { useProof } from './use-proof.ts'
import { useServer } from './use-server.ts'

export function useFactors() {
  const { t } = useI18n()
  const toast = useToast()
  const { sentenceOf } = useErrorSentence()
  const proof = useProof()
  const server = useServer()
  const state = shallowRef<Output<'getSecurity'> | null>(null)
  const setup = shallowRef<Output<'beginTotp'> | null>(null)
  const code = ref('')
  const wrongCode = ref('')
  const failure = ref('')
  const isBusy = ref(false)

  async function attempt(run: () => Promise<void>, say = failure): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    say.value = failure.value = ''
    try {
      await run()
    } catch (error) {
      say.value = sentenceOf(error)
    } finally {
      isBusy.value = false
    }
  }

  async function read(): Promise<void> {
    state.value = await client.call('getSecurity', {})
  }

  const begin = () =>
    attempt(async () => {
      setup.value = await proof.withProof(() => client.call('beginTotp', {}))
    })

  const confirm = () =>
    attempt(async () => {
      await client.call('confirmTotp', { code: code.value })
      setup.value = null
      code.value = ''
      toast.show(t('accounts.factors.on'))
      await read()
    }, wrongCode)

  const remove = () =>
    attempt(async () => {
      if ((await proof.withProof(() => client.call('removeTotp', {}))) === null) return
      toast.show(t('accounts.factors.off'))
      await read()
    })

  const addPasskey = () =>
    attempt(async () => {
      const begun = await proof.withProof(() => client.call('beginPasskey', {}))
      const made = begun === null ? null : await makePasskey(begun.options)
      if (made === null) return
      await client.call('addPasskey', { name: deviceName(navigator.userAgent), made })
      toast.show(t('accounts.factors.added'))
      await read()
    })

  const removePasskey = ({ id }: Passkey) =>
    attempt(async () => {
      if ((await proof.withProof(() => client.call('removePasskey', { passkeyId: id }))) === null) return
      toast.show(t('accounts.factors.removed'))
      await read()
    })

  onMounted(() => attempt(read))
  return {
    server,
    state,
    setup,
    code,
    wrongCode,
    failure,
    isBusy,
    begin,
    confirm,
    remove,
    addPasskey,
    removePasskey,
    proof,
  }
}
