// What is known of uploads and of the media that they become (MED-1 … MED-5), and which blobs are spoken for. The bytes
// are the blobs' (`blobs/port.ts`). What shows a medium is not kept here: it follows from the messages, whose bodies name
// it, and from the profiles and groups whose photo it is; so nothing has to be counted, and nothing can be miscounted.
import type { ErrorCode, MediaId, MessageId, UploadPurpose, UserId, ConversationId } from '@palabre/protocol'
import type { BlobId } from '../../blobs/port.ts'

/** What was found in the bytes. */
export interface MediaFound {
  blobId: BlobId
  bytes: number
  contentType: string
  width: number | null
  height: number | null
  placeholder: string | null
  /** Of a small picture: of an image, of a video's poster, of a photo. */
  thumbId: BlobId | null
}

/** Whose photo it is. */
export type MediaHolder = { userId: UserId } | { conversationId: ConversationId }

export interface MediaRow {
  id: MediaId
  ownerId: UserId
  purpose: UploadPurpose
  name: string
  /** Declared at the beginning. */
  declaredBytes: number
  createdAt: number
  /** When it was last begun, finished or named by something: until a while later it is not collected. */
  touchedAt: number
  state: 'arriving' | 'ready' | 'refused'
  /** Why it was refused. */
  code: ErrorCode | null
  /** Once ready. */
  found: MediaFound | null
  holder: MediaHolder | null
}

export interface NewMedia {
  id: MediaId
  ownerId: UserId
  purpose: UploadPurpose
  name: string
  declaredBytes: number
  now: number
}

/** What one person may have; where many begin at once, an engine without transactions may let a few more in. */
export interface MediaBounds {
  unfinished: number
  bytes: number
}

export interface MediaStore {
  /**
   * The upload that there is, or a new one.
   * @throws UPLOAD_ID_CONFLICT another owner's, or of another length or purpose · UPLOADS_TOO_MANY · QUOTA_EXCEEDED
   */
  begin(media: NewMedia, bounds: MediaBounds): Promise<MediaRow>
  byId(id: MediaId): Promise<MediaRow | null>
  /** What has become of it, said once: answers the row as it is afterwards, whoever said it first; null: it is gone. */
  settle(id: MediaId, end: { found: MediaFound } | { code: ErrorCode }, now: number): Promise<MediaRow | null>
  /** Touches it: from now on there is time to name it. Null: it is gone. */
  claim(id: MediaId, now: number): Promise<MediaRow | null>
  setThumb(id: MediaId, thumbId: BlobId): Promise<void>
  setHolder(id: MediaId, holder: MediaHolder): Promise<void>
  /** Whether there is a message that shows it and that this person may see at `now`. */
  isShownTo(userId: UserId, id: MediaId, now: number): Promise<boolean>
  /** All, in the order of ids. */
  page(after: MediaId | null, limit: number): Promise<MediaRow[]>
  /** Somebody's own, in the order of ids. */
  ofOwner(ownerId: UserId, after: MediaId | null, limit: number): Promise<MediaRow[]>
  /** All media of these bytes. */
  ofBlob(blobId: BlobId): Promise<MediaRow[]>
  /** Messages that show it, some of them. */
  shownIn(id: MediaId, limit: number): Promise<{ conversationId: ConversationId; id: MessageId }[]>
  /**
   * Forgets it, unless a message shows it, it is its holder's photo, it was touched at or after `before`, or an open report
   * shows it and its bytes are not banned.
   */
  drop(id: MediaId, before: number): Promise<boolean>

  /** Speaks for a blob, before it is put. False: it is just being deleted; to be tried again. */
  reserve(id: BlobId, now: number): Promise<boolean>
  /** Blobs that were spoken for, in the order of ids; those that are condemned too. */
  blobs(after: BlobId | null, limit: number): Promise<{ id: BlobId; isCondemned: boolean }[]>
  /** From now on nobody can speak for it. False: media name it, or it was spoken for at or after `before`. */
  condemn(id: BlobId, before: number): Promise<boolean>
  /** Its bytes are gone. */
  forget(id: BlobId): Promise<void>
}
