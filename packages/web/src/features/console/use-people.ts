// The accounts of this server for its operator: found, put out and let in again, signed out, given a role. What is
// sensitive asks for the password once more (`use-proof.ts`).
import type { AccountRole, OperatedPerson } from '@palabre/protocol'
import { ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { client } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import { useProof } from '../accounts/use-proof.ts'
import { useAsking } from './use-asking.ts'

const pauseMs = 250

export function usePeople() {
  const { t } = useI18n()
  const toast = useToast()
  const proof = useProof()
  const query = ref('')
  const asking = useAsking(() => client.call('listPeople', { query: query.value.trim() }))
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(query, () => {
    clearTimeout(timer)
    timer = setTimeout(() => void asking.load(), pauseMs)
  })

  function more(): Promise<void> {
    return asking.run(async () => {
      const held = asking.answer.value
      if (held === null || held.cursor === null) return
      const page = await client.call('listPeople', { query: query.value.trim(), cursor: held.cursor })
      asking.answer.value = { ...page, people: [...held.people, ...page.people] }
    })
  }

  function put(person: OperatedPerson): void {
    const held = asking.answer.value
    if (held === null) return
    const people = held.people.map((one) => (one.user.id === person.user.id ? person : one))
    asking.answer.value = { ...held, people }
  }

  function suspend(person: OperatedPerson, isSuspended: boolean): Promise<void> {
    return asking.run(async () => {
      const userId = person.user.id
      const done = await proof.withProof(() => client.call('suspendPerson', { userId, isSuspended }))
      if (done === null) return
      put(done.person)
      toast.show(t(isSuspended ? 'console.people.suspended' : 'console.people.readmitted', nameOf(person)))
    })
  }

  function endSessions(person: OperatedPerson): Promise<void> {
    return asking.run(async () => {
      const done = await proof.withProof(() => client.call('endPersonSessions', { userId: person.user.id }))
      if (done === null) return
      put({ ...person, sessions: 0 })
      toast.show(t('console.people.ended', { n: done.ended }, done.ended))
    })
  }

  function setRole(person: OperatedPerson, role: AccountRole): Promise<void> {
    return asking.run(async () => {
      const userId = person.user.id
      const done = await proof.withProof(() => client.call('setAccountRole', { userId, role }))
      if (done !== null) put({ ...person, role: done.role })
    })
  }

  const nameOf = ({ user }: OperatedPerson) => ({ name: user.displayName })
  return { ...asking, proof, query, more, suspend, endSessions, setRole }
}
