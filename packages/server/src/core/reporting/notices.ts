// What operators have decided, told to the person concerned (REP-5): an entry of their account's log, so on all their devices
// and in their language. It says what, why and how to object; never of which report, message or conversation it comes, because
// that would say who has reported.
import { hash } from 'node:crypto'
import { noticeKey, peoplePrefix, type NoticeValue, type ReportId, type UserId } from '@palabre/protocol'
import type { Services } from '../context.ts'

type Telling = Pick<Services, 'store' | 'rules' | 'fanout' | 'config' | 'now'>

/** Said again, it is the same notice. */
export async function tellNotice(
  { store, rules, fanout, config, now }: Telling,
  userId: UserId,
  from: { reportId: ReportId; about: string },
  said: Pick<NoticeValue, 'notice' | 'reason' | 'words'>,
): Promise<void> {
  // The report's own id holds the time at which it was made.
  const id = hash('sha256', `notice ${from.reportId} ${from.about}`, 'hex').slice(0, 32)
  const value: NoticeValue = { at: now(), ...said, appeal: config.appeals, isRead: false }
  const entry = await store.account.put(userId, noticeKey(id), value)
  if (entry === null) return
  rules.changed(userId)
  fanout.toUser(userId, 'account_updated', { rev: entry.rev, entry })
}

/** What whoever is kept out is told at the door, once they have proved who they are. */
export async function whySuspended(
  { store, config }: Pick<Telling, 'store' | 'config'>,
  userId: UserId,
): Promise<Record<string, string>> {
  const entries = await store.account.under(userId, `${peoplePrefix}notice:`)
  const told = entries.flatMap(({ value }) =>
    value !== null && 'notice' in value && value.notice === 'suspended' ? [value] : [],
  )
  const last = told.sort((a, b) => a.at - b.at).at(-1)
  const { reason, words = '', appeal = config.appeals } = last ?? {}
  return {
    ...(reason !== undefined && { reason }),
    ...(words !== '' && { words }),
    ...(appeal !== '' && { appeal }),
  }
}
