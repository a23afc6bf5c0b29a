// What belongs to one person, part by part (EXP-1): their profile, devices, what they keep, the conversations that they are
// in, and what they wrote and uploaded. What others wrote is theirs to export, and is not in it. Read a page at a time:
// nothing here holds more than that in memory.
import { isExpired, type MediaId, type Message, type UserId } from '@palabre/protocol'
import type { Services } from '../context.ts'
import { extensionOf } from './paths.ts'

type Own = Pick<Services, 'store' | 'media' | 'now' | 'takeTurn'> & { userId: UserId }

/** A file of the archive: its path, and its bytes when their turn comes. */
export interface Part {
  path: string
  /** Media are packed already: to deflate them again only costs. */
  isPacked: boolean
  bytes: () => AsyncIterable<string | Uint8Array>
}

/** What the index says. */
export interface Contents {
  conversations: { path: string; title: string; messages: number }[]
  media: { path: string; name: string; bytes: number }[]
}

const pageRows = 200

/** In the order of the archive; what they hold is noted in `contents` as it is read. */
export async function* partsOf(own: Own, contents: Contents, signal: AbortSignal): AsyncIterable<Part> {
  const { store, userId } = own
  const text = (path: string, lines: () => AsyncIterable<unknown>): Part => ({
    path,
    isPacked: false,
    bytes: () => inLines(lines()),
  })
  yield text('profile.jsonl', () => each([store.users.byId(userId)]))
  yield text('devices.jsonl', async function* () {
    for (const row of await store.sessions.ofUser(userId)) {
      const { id, deviceName, createdAt, lastUsedAt } = row
      yield { id, deviceName, createdAt, lastUsedAt }
    }
  })
  yield text('contacts.jsonl', () => entriesOf(own, (key) => key.startsWith('contact:')))
  yield text('kept.jsonl', () => entriesOf(own, (key) => !key.startsWith('contact:')))
  yield text('reports.jsonl', async function* () {
    // What others wrote is not in it, though it went along.
    for (const row of await store.reports.of(userId, 'reporter')) {
      const { at, subjectId, conversationId, messageId, reason, words, closedAt } = row
      yield { at, userId: subjectId, conversationId, messageId, reason, words, isDecided: closedAt !== null }
    }
  })
  const heads = await store.conversations.headsOfUser(userId)
  yield text('conversations.jsonl', async function* () {
    for (const { id } of heads) {
      const row = await store.conversations.byId(id)
      const member = await store.members.one(id, userId)
      if (row === null || member === null) continue
      const members = await store.members.page(id, pageRows, 0)
      const { kind, title, description, createdAt, memberCount } = row.header
      yield {
        ...{
          id,
          kind,
          title,
          description,
          createdAt,
          memberCount,
          joinedAt: member.joinedAt,
          role: member.role,
        },
        members: members.map(({ user: { id: memberId, username, displayName }, role }) => {
          return { id: memberId, username, displayName, role }
        }),
      }
    }
  })
  for (const { id } of heads) {
    const path = `messages/${id}.jsonl`
    const member = await store.members.one(id, userId)
    const row = await store.conversations.byId(id)
    if (member === null || row === null) continue
    const said = { path, title: row.header.title ?? '', messages: 0 }
    contents.conversations.push(said)
    yield text(path, async function* () {
      // Also what they have cleared for themselves: it is on the server all the same.
      let after: number | null = 0
      while (after !== null) {
        signal.throwIfAborted()
        await own.takeTurn()
        const found: { messages: Message[]; next: number | null } = await store.log.authored(
          id,
          userId,
          after,
        )
        for (const message of found.messages) {
          if (isExpired(message, own.now())) continue
          said.messages += 1
          yield message
        }
        after = found.next
      }
    })
  }
  yield* mediaOf(own, contents, signal)
}

async function* mediaOf(own: Own, contents: Contents, signal: AbortSignal): AsyncIterable<Part> {
  let after: MediaId | null = null
  for (;;) {
    const page = await own.store.media.ofOwner(own.userId, after, pageRows)
    const last = page.at(-1)
    if (last === undefined) return
    after = last.id
    for (const { id, name, found, purpose } of page) {
      if (found === null || purpose === 'poster') continue
      const { blobId, bytes, contentType } = found
      const path = `media/${id}${extensionOf(name, contentType)}`
      contents.media.push({ path, name, bytes })
      yield {
        path,
        isPacked: true,
        bytes: async function* () {
          const { body } = await own.media.read(blobId, undefined, signal)
          yield* body as AsyncIterable<Uint8Array>
        },
      }
    }
  }
}

async function* entriesOf({ store, userId }: Own, isWanted: (key: string) => boolean) {
  let rev = 0
  for (;;) {
    const page = await store.account.since(userId, rev, pageRows)
    for (const { key, value } of page) if (value !== null && isWanted(key)) yield { key, value }
    const last = page.at(-1)
    if (last === undefined) return
    rev = last.rev
  }
}

async function* each<T>(values: Promise<T | null>[]): AsyncIterable<T> {
  for (const value of values) {
    const known = await value
    if (known !== null) yield known
  }
}

async function* inLines(values: AsyncIterable<unknown>): AsyncIterable<string> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`
}
