// Removing bytes for good (REP-6): nobody can send them from then on, every message that shows them shows that they were
// removed, and then they go. Each step finds what an earlier attempt has done, so whoever was stopped begins again.
import { PalabreError, withoutMedia, type ConversationId, type MessageId } from '@palabre/protocol'
import type { BlobId, Blobs } from '../../blobs/port.ts'
import type { MediaRow } from '../../store/port/media.ts'
import type { Alter } from '../../store/port/log.ts'
import type { Store } from '../../store/port/store.ts'

/** Messages of one look; and looks at one medium, which somebody may be sending on meanwhile. */
const messagesAtOnce = 200
const looks = 1_000
/** Later than any touch: what is banned has no time of grace. */
const whenever = Number.MAX_SAFE_INTEGER

export interface Removing {
  store: Pick<Store, 'media' | 'reports'>
  /** Changes a message as the server itself, and tells its members. */
  log: { expire(target: { conversationId: ConversationId; id: MessageId }, alter: Alter): Promise<void> }
  blobs: Pick<Blobs, 'delete'>
  takeTurn(): Promise<void>
  now(): number
}

/** Answers how many messages showed them. */
export async function removeBytes(parts: Removing, blobId: BlobId): Promise<number> {
  const { store, now } = parts
  await store.reports.ban(blobId, now())
  let messages = 0
  for (const row of await store.media.ofBlob(blobId)) {
    // A photo of a person or group is drawn in its own way, and so has bytes of its own.
    if (row.purpose === 'photo') continue
    messages += await removeFromMessages(parts, row)
    const gone = [row.found?.blobId ?? null, row.found?.thumbId ?? null]
    for (const id of gone) if (id !== null) await deleteBlob(parts, id)
  }
  return messages
}

async function removeFromMessages({ store, log, takeTurn }: Removing, { id }: MediaRow): Promise<number> {
  let count = 0
  for (let look = 0; look < looks; look += 1) {
    const shown = await store.media.shownIn(id, messagesAtOnce)
    for (const target of shown) {
      await takeTurn()
      await log.expire(target, withoutMedia)
      count += 1
    }
    if (shown.length === 0 && (await store.media.drop(id, whenever))) return count
    if (shown.length === 0 && (await store.media.byId(id)) === null) return count
  }
  throw new PalabreError('STORE_UNAVAILABLE')
}

/** Unless another medium has it: then it goes with that one. */
async function deleteBlob({ store, blobs }: Removing, id: BlobId): Promise<void> {
  if (!(await store.media.condemn(id, whenever))) return
  await blobs.delete(id)
  await store.media.forget(id)
}
