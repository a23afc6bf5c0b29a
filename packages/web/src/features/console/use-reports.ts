// What people have told those who run this server: open or decided, page by page; and one of them, which is read and decided
// after a proof of who one is, each of which the server writes down.
import type { Report, ReportOutcome } from '@palabre/protocol'
import { ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { client } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import { useProof } from '../accounts/use-proof.ts'
import { useAsking } from './use-asking.ts'

export const reportStates = ['open', 'closed'] as const
export type ReportState = (typeof reportStates)[number]

export function useReports() {
  const state = ref<ReportState>('open')
  const asking = useAsking(async () => {
    const asked = state.value
    return { ...(await client.call('listReports', { state: asked })), state: asked }
  })
  watch(state, () => {
    asking.answer.value = null
    void asking.load()
  })

  function more(): Promise<void> {
    return asking.run(async () => {
      const held = asking.answer.value
      const last = held?.reports.at(-1)
      if (held === null || last === undefined) return
      const page = await client.call('listReports', { state: held.state, before: last.id })
      asking.answer.value = { ...held, ...page, reports: [...held.reports, ...page.reports] }
    })
  }

  return { ...asking, state, more }
}

export function useReport(reportId: string) {
  const { t } = useI18n()
  const toast = useToast()
  const proof = useProof()
  const asking = useAsking<Report | null>(async () => {
    const read = await proof.withProof(() => client.call('getReport', { reportId }))
    return read?.report ?? null
  })

  function decide(outcome: ReportOutcome, words: string): Promise<void> {
    return asking.run(async () => {
      const input = { reportId, outcome, words: words.trim() }
      const done = await proof.withProof(() => client.call('decideReport', input))
      if (done === null) return
      asking.answer.value = done.report
      toast.show(t('console.reports.done'))
    })
  }

  function removeFile(mediaId: string): Promise<void> {
    return asking.run(async () => {
      const done = await proof.withProof(() => client.call('removeReportedMedia', { reportId, mediaId }))
      if (done === null) return
      asking.answer.value = done.report
      toast.show(t('console.reports.removed', { n: done.messages }, done.messages))
    })
  }

  return {
    ...asking,
    proof,
    decide,
    removeFile,
    nameOf: (id: NonNullable<Report['closedBy']>): string =>
      client.users.user(id).get()?.displayName ?? id.slice(0, 13),
  }
}
