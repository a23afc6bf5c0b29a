// Messages that are sent at their time (SCH-1 … SCH-3). They wait in their sender's account log, set by `keep`. Every node
// looks for those that are due and sends them as their sender would: the id that the sender's device made is the
// idempotency key, so that two nodes, or a node that was killed in between, send one once (LOG-2). Then the entry goes, or
// says why it was refused.
import {
  PalabreError,
  messageOfKey,
  type AccountEntry,
  type ConversationId,
  type MessageId,
  type ScheduleValue,
  type UserId,
} from '@palabre/protocol'
import { isVisible } from '../core/access.ts'
import type { Services } from '../core/context.ts'
import { isLeaving } from '../core/leaving/leaving.ts'
import { sendAs } from '../core/sending/sending.ts'
import type { Due } from '../store/port/account.ts'

/** Ms between two looks: how late a message may go. */
const everyMs = 1_000
/** Messages that one look takes; more wait for the next, which comes at once. */
const atOnce = 100

/** Begins at once: what fell due while no node ran. Answers how to stop. */
export function startScheduling(services: Services): () => void {
  const { store, fanout, logger, now } = services
  let isStopped = false
  let timer: NodeJS.Timeout | undefined

  async function settle(userId: UserId, key: string, value: ScheduleValue | null): Promise<void> {
    const entry: AccountEntry | null = await store.account.put(userId, key, value)
    if (entry !== null) fanout.toUser(userId, 'account_updated', { rev: entry.rev, entry })
  }

  /** What it names may have gone while it waited: a quote, or somebody mentioned. Then it goes without. */
  async function namedStill(userId: UserId, conversationId: ConversationId, value: ScheduleValue) {
    const view = await services.memberships.view(conversationId)
    const me = view?.members.get(userId)
    const quoted = value.replyTo === null ? null : await store.log.byId(conversationId, value.replyTo)
    return {
      replyTo: me && quoted !== null && isVisible(me, quoted, now()) ? value.replyTo : null,
      mentions: value.mentions.filter((mentioned) => view?.members.has(mentioned) === true),
    }
  }

  async function send({ userId, key, value }: Due): Promise<void> {
    const { conversationId, id } = messageOfKey(key)
    try {
      if (await isLeaving(services, userId)) throw new PalabreError('ACCOUNT_LEAVING')
      const named = await namedStill(userId, conversationId, value)
      await sendAs(
        { ...services, userId },
        {
          conversationId,
          id,
          kind: 'text',
          body: { text: value.text },
          sentAt: value.sendAt ?? now(),
          ...named,
        },
      )
      await settle(userId, key, null)
    } catch (error) {
      if (!(error instanceof PalabreError) || error.retry !== 'never') throw error
      // Sent before with other words: somebody changed it in the moment in which it went.
      const isSent = error.code === 'MESSAGE_ID_CONFLICT'
      await settle(userId, key, isSent ? null : { ...value, sendAt: null, failed: error.code })
    }
  }

  /** Answers whether there may be more. */
  async function sendDue(): Promise<boolean> {
    const due = await store.account.due(now(), atOnce)
    let sent = 0
    for (const one of due) {
      if (isStopped) return false
      try {
        await send(one)
        sent += 1
      } catch (err) {
        if (isStopped) return false
        const { conversationId, id }: { conversationId: ConversationId; id: MessageId } = messageOfKey(
          one.key,
        )
        logger.warn(
          { err, conversationId, messageId: id },
          'a message whose time has come could not be sent: it will be',
        )
      }
    }
    return sent === atOnce
  }

  async function look(): Promise<void> {
    let isMore = false
    try {
      isMore = await sendDue()
    } catch (err) {
      if (!isStopped)
        logger.warn({ err }, 'messages whose time has come could not be looked for: they will be')
    }
    if (!isStopped) timer = setTimeout(() => void look(), isMore ? 0 : everyMs).unref()
  }

  void look()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
