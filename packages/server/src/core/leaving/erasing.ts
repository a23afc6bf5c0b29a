// What an erasure does (ERASE-2 … ERASE-6), from the beginning each time: what is done already is found done. What people wrote
// goes through the log like any other change; nobody's rights are asked, because it is the server that does it.
import { hash } from 'node:crypto'
import { deleteBody, MessageId, PalabreError, type UserId } from '@palabre/protocol'
import type { ErasureRow } from '../../store/port/erasures.ts'
import type { Services } from '../context.ts'
import { tellProfile } from '../people.ts'

const pageIds = 200

/** All of it, unless it is stopped. */
export async function erase(services: Services, row: ErasureRow, isStopped: () => boolean): Promise<void> {
  const { store, tokens, media, logger } = services
  const { userId } = row
  await tokens.endOthers(userId, null)
  const user = await store.erasures.tombstone(userId)
  if (user !== null) {
    // Before they leave: those who share a conversation are told what is left of the name.
    await tellProfile(services, user)
    if (row.messages === 'erase') await eraseMessages(services, userId, isStopped)
    await leaveAll(services, row, isStopped)
    await media.collection.ofOwner(userId)
    await store.erasures.compact()
  }
  if (isStopped()) return
  await store.erasures.done(userId, services.now())
  logger.info({ userId, messages: row.messages }, 'an account was erased')
}

/** As if each had been deleted for everyone, also where the person is no member any more. */
async function eraseMessages(services: Services, userId: UserId, isStopped: () => boolean): Promise<void> {
  const { store, log, now, takeTurn } = services
  let ids = await store.conversations.idsAfter(null, pageIds)
  while (ids.length > 0) {
    for (const conversationId of ids) {
      let after: number | null = 0
      while (after !== null && !isStopped()) {
        await takeTurn()
        const found = await store.log.authored(conversationId, userId, after)
        for (const { id } of found.messages) {
          await log.expire({ conversationId, id }, (message) =>
            deleteBody(message, { userId, isModerator: true, now: now() }),
          )
        }
        after = found.next
      }
    }
    ids = await store.conversations.idsAfter(ids.at(-1) ?? null, pageIds)
  }
}

async function leaveAll(services: Services, row: ErasureRow, isStopped: () => boolean): Promise<void> {
  const { store, log, memberships, now } = services
  const { userId } = row
  for (const { id: conversationId } of await store.conversations.headsOfUser(userId)) {
    if (isStopped()) return
    const conversation = await store.conversations.byId(conversationId)
    if (conversation === null || !(await memberships.isMember(conversationId, userId))) continue
    await log
      .append(
        { userId, now },
        {
          conversationId,
          id: farewellId(row, conversationId),
          content: {
            kind: 'system',
            body:
              conversation.header.kind === 'group'
                ? { event: 'member_left', userId, heirId: null }
                : { event: 'account_deleted', userId },
          },
          // As the time of the row: said again, it is the same message (LOG-2).
          sentAt: row.requestedAt,
        },
      )
      .catch((error: unknown) => {
        // Another node was faster.
        if (!(error instanceof PalabreError) || error.code !== 'MEMBER_REQUIRED') throw error
      })
  }
}

/** The same one at every attempt: a UUIDv7 of the time of the request. */
function farewellId({ userId, requestedAt }: ErasureRow, conversationId: string): MessageId {
  const time = requestedAt.toString(16).padStart(12, '0')
  const rest = hash('sha256', `${userId} ${conversationId} ${requestedAt}`, 'hex')
  const id = `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6, 18)}`
  return MessageId.parse(id)
}
