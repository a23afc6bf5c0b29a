// Invitations to the server, for operators: making one, whose code is shown once; those that there are; taking one back.
import type { AccountRole, Invite } from '@palabre/protocol'
import { onMounted, reactive, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { client } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'
import { useProof } from './use-proof.ts'

export function useInvites() {
  const { t } = useI18n()
  const toast = useToast()
  const { sentenceOf } = useErrorSentence()
  const proof = useProof()
  const list = shallowRef<readonly Invite[] | null>(null)
  const link = ref('')
  const failure = ref('')
  const isBusy = ref(false)
  const wish = reactive<{ role: AccountRole; uses: number }>({ role: 'member', uses: 1 })

  async function attempt(run: () => Promise<void>): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    failure.value = ''
    try {
      await run()
    } catch (error) {
      failure.value = sentenceOf(error)
    } finally {
      isBusy.value = false
    }
  }

  async function read(): Promise<void> {
    list.value = (await client.call('listInvites', {})).invites
  }

  const make = () =>
    attempt(async () => {
      const made = await proof.withProof(() => client.call('createInvite', { ...wish }))
      if (made === null) return
      link.value = `${location.origin}/invite/${made.code}`
      await read()
    })

  const revoke = ({ id }: Invite) =>
    attempt(async () => {
      await client.call('revokeInvite', { inviteId: id })
      toast.show(t('accounts.invites.revoked'))
      await read()
    })

  /** What has become of it, in a word; null while it is good. */
  function endOf({ revokedAt, usesLeft, expiresAt }: Invite): string | null {
    if (revokedAt !== null) return t('accounts.invites.isRevoked')
    if (usesLeft === 0) return t('accounts.invites.isUsed')
    return expiresAt <= Date.now() ? t('accounts.invites.isOver') : null
  }

  onMounted(() => attempt(read))
  return { list, link, failure, isBusy, wish, make, revoke, endOf, proof }
}
