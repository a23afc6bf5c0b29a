// Adapter: the cache of one user in the browser's IndexedDB. Its name holds the user's id, so that nobody
// opens another person's (SEC-31). One `write` is one transaction (SYNC-2); what goes into the outbox is on
// the disk, not only in the operating system's memory, before `addEntry` or `putEntry` resolves (OUT-1, OUT-4).
// Several tabs may have it open at once; who of them writes is not decided here.
import type { AccountEntry, ConversationId, Message, User, UserId } from '@palabre/protocol'
import { deleteDB, openDB, type DBSchema, type IDBPTransaction, type StoreNames } from 'idb'
import type { Disk } from './kept.ts'
import type { CachedConversation, CacheMeta, CacheWrite, OutboxEntry } from './port.ts'

type PendingMarks = { deliveredSeq: number; readSeq: number }

interface Layout extends DBSchema {
  meta: { key: string; value: CacheMeta }
  conversations: { key: string; value: CachedConversation }
  /** A message's place never changes (P3), so (conversation, seq) names it as well as its id does, in order. */
  messages: { key: [string, number]; value: Message }
  users: { key: string; value: User }
  account: { key: string; value: AccountEntry }
  outbox: { key: number; value: OutboxEntry }
  /** The bytes of an entry's uploads, by its order and their place. */
  files: { key: [number, number]; value: Blob }
  drafts: { key: string; value: string }
  pendingMarks: { key: string; value: PendingMarks }
}

type Part = StoreNames<Layout>
type Writing = IDBPTransaction<Layout, Part[], 'readwrite'>

const parts: Part[] = [
  'meta',
  'conversations',
  'messages',
  'users',
  'account',
  'outbox',
  'files',
  'drafts',
  'pendingMarks',
]
/** What comes from the server, and goes with its epoch (SYNC-7). */
const synced: Part[] = ['meta', 'conversations', 'messages', 'users', 'account', 'pendingMarks']

/** The layout's version. Raised together with a step in `upgrade`. */
const layoutVersion = 2
const metaKey = 'meta'
const noMeta: CacheMeta = { epoch: null, accountRev: 0, profilesRev: null }

/** The database's name for a user; the sign-out wipes by it. */
function indexedDbName(userId: UserId): string {
  return `palabre-${userId}`
}

/** Takes a user's cache away that may not be open, or cannot be opened. */
export async function removeIndexedDbCache(userId: UserId): Promise<void> {
  await deleteDB(indexedDbName(userId))
}

const filesOf = (order: number) => IDBKeyRange.bound([order], [order, []])
/** In IndexedDB's order an array is above every number. */
const allOf = (id: ConversationId) => IDBKeyRange.bound([id], [id, []])
const below = (id: ConversationId, seq: number) => IDBKeyRange.bound([id], [id, seq], false, true)

/**
 * Opens the user's cache, made at the first time. Rejects where the browser refuses storage (private modes).
 * `onLost`: it was closed from outside (deleted, evicted, wanted by a newer layout) and takes nothing any more.
 */
export async function openIndexedDbCache(userId: UserId, onLost: () => void = ignore): Promise<Disk> {
  const name = indexedDbName(userId)
  const db = await openDB<Layout>(name, layoutVersion, {
    upgrade(opened, from) {
      if (from < 2) opened.createObjectStore('files')
      if (from >= 1) return
      opened.createObjectStore('meta')
      opened.createObjectStore('conversations', { keyPath: 'id' })
      opened.createObjectStore('messages', { keyPath: ['conversationId', 'seq'] })
      opened.createObjectStore('users', { keyPath: 'id' })
      opened.createObjectStore('account', { keyPath: 'key' })
      opened.createObjectStore('outbox', { keyPath: 'order' })
      opened.createObjectStore('drafts')
      opened.createObjectStore('pendingMarks')
    },
    blocking(_from, _to, event) {
      // Another tab signs out or brings a newer layout: it must not wait for this one.
      ;(event.target as IDBDatabase).close()
      onLost()
    },
    terminated: onLost,
  })

  /**
   * Runs `change` in one transaction over `on`; resolves when it is committed, as durably as asked. `isAll`: it has made
   * all its requests when it returns, so that they go through even if the page is closed at this moment.
   */
  async function within(
    on: Part[],
    durability: 'strict' | 'relaxed',
    change: (writing: Writing) => void,
    isAll = true,
  ): Promise<void> {
    const writing = db.transaction(on, 'readwrite', { durability })
    try {
      change(writing)
      if (isAll) writing.commit()
    } catch (error) {
      // A value that cannot be stored throws before the engine sees it: nothing of the rest may stay.
      writing.done.catch(ignore)
      writing.abort()
      throw error
    }
    await writing.done
  }

  return {
    async read() {
      const reading = db.transaction(parts, 'readonly')
      const [meta, conversations, users, account, outbox, drafts, draftIds, marks, markIds] =
        await Promise.all([
          reading.objectStore('meta').get(metaKey),
          reading.objectStore('conversations').getAll(),
          reading.objectStore('users').getAll(),
          reading.objectStore('account').getAll(),
          reading.objectStore('outbox').getAll(),
          reading.objectStore('drafts').getAll(),
          reading.objectStore('drafts').getAllKeys(),
          reading.objectStore('pendingMarks').getAll(),
          reading.objectStore('pendingMarks').getAllKeys(),
        ])
      return {
        meta: meta ?? { ...noMeta },
        conversations,
        users,
        account,
        outbox,
        drafts: byId(draftIds, drafts),
        pendingMarks: byId(markIds, marks),
      }
    },
    async messages(id, before, limit) {
      const range = before === null ? allOf(id) : below(id, before)
      const newestFirst: Message[] = []
      let cursor = limit > 0 ? await db.transaction('messages').store.openCursor(range, 'prev') : null
      while (cursor !== null) {
        newestFirst.push(cursor.value)
        cursor = newestFirst.length < limit ? await cursor.continue() : null
      }
      return newestFirst.reverse()
    },
    write: (write) => within(parts, 'relaxed', (writing) => apply(writing, write), write.meta === undefined),
    async addEntry(entry, least, files = []) {
      const adding = db.transaction(['outbox', 'files'], 'readwrite', { durability: 'strict' })
      try {
        const outbox = adding.objectStore('outbox')
        const last = await outbox.openKeyCursor(null, 'prev')
        const order = Math.max(least, last === null ? least : last.key + 1)
        run(outbox.put({ ...entry, order }))
        for (const [index, file] of files.entries())
          run(adding.objectStore('files').put(file, [order, index]))
        await adding.done
        return order
      } catch (error) {
        adding.done.catch(ignore)
        abort(adding)
        throw error
      }
    },
    entries: () => db.getAll('outbox'),
    file: async (order, index) => (await db.get('files', [order, index])) ?? null,
    putEntry: (entry, files = []) =>
      within(['outbox', 'files'], 'strict', (writing) => {
        run(writing.objectStore('outbox').put(entry))
        for (const [index, file] of files.entries())
          run(writing.objectStore('files').put(file, [entry.order, index]))
      }),
    removeEntry: (order) => within(['outbox', 'files'], 'relaxed', (writing) => removeEntry(writing, order)),
    putDraft: (id, text) =>
      within(['drafts'], 'relaxed', (writing) => {
        const drafts = writing.objectStore('drafts')
        run(text === '' ? drafts.delete(id) : drafts.put(text, id))
      }),
    putPendingMarks: (id, marks) =>
      within(['pendingMarks'], 'relaxed', (writing) => {
        const pending = writing.objectStore('pendingMarks')
        run(marks === null ? pending.delete(id) : pending.put(marks, id))
      }),
    async dropOldMessages(keep) {
      const writing = db.transaction(['conversations', 'messages'], 'readwrite')
      const messages = writing.objectStore('messages')
      const floors = new Map<ConversationId, number>()
      for (const id of (await writing.objectStore('conversations').getAllKeys()) as ConversationId[]) {
        const newest = await messages.openKeyCursor(allOf(id), 'prev')
        if (newest === null) continue
        // A window has no hole (TL-1): the newest seq says where the others are.
        const floor = newest.key[1] - keep + 1
        run(messages.delete(below(id, floor)))
        floors.set(id, floor)
      }
      await writing.done
      return floors
    },
    async close() {
      db.close()
    },
    async destroy() {
      db.close()
      await deleteDB(name)
    },
  }
}

/** Requests of one transaction run in the order in which they are made. */
function apply(writing: Writing, write: CacheWrite): void {
  const on = <P extends Part>(part: P) => writing.objectStore(part)
  if (write.clear === true) for (const part of synced) run(on(part).clear())
  if (write.meta !== undefined) run(putMeta(writing, write.meta))
  for (const id of write.removeConversations ?? []) {
    run(on('conversations').delete(id))
    run(on('messages').delete(allOf(id)))
    run(on('drafts').delete(id))
    run(on('pendingMarks').delete(id))
  }
  for (const id of write.dropMessagesOf ?? []) run(on('messages').delete(allOf(id)))
  for (const conversation of write.conversations ?? []) run(on('conversations').put(conversation))
  for (const message of write.messages ?? []) run(on('messages').put(message))
  for (const user of write.users ?? []) run(on('users').put(user))
  for (const entry of write.account ?? []) {
    run(entry.value === null ? on('account').delete(entry.key) : on('account').put(entry))
  }
  for (const order of write.removeEntries ?? []) removeEntry(writing, order)
}

function removeEntry(writing: Writing, order: number): void {
  run(writing.objectStore('outbox').delete(order))
  run(writing.objectStore('files').delete(filesOf(order)))
}

async function putMeta(writing: Writing, change: Partial<CacheMeta>): Promise<void> {
  const meta = writing.objectStore('meta')
  await meta.put({ ...noMeta, ...(await meta.get(metaKey)), ...change }, metaKey)
}

/** A failed request fails its transaction, whose promise is the one that is waited for. */
function run(request: Promise<unknown>): void {
  request.catch(ignore)
}

/** A value that could not be put leaves its transaction open; one that failed has been aborted already. */
function abort(open: { abort(): void }): void {
  try {
    open.abort()
  } catch {
    // It is over.
  }
}

function ignore(): void {}

function byId<T>(ids: string[], values: T[]): Map<ConversationId, T> {
  return new Map(values.map((value, i) => [ids[i] as ConversationId, value]))
}
