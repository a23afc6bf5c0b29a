// PURE: which entry of a lane goes next (OUT-2, OUT-6). What has everything that it needs goes in order. A message
// whose files are still on their way keeps its place where they are small, and lets later ones pass where they are
// large: a film does not hold up a conversation. Messages with files keep their order among each other.
import { limits, type MessageId } from '@palabre/protocol'
import type { OutboxEntry } from '../cache/port.ts'
import type { LiveEntry } from './overlay.ts'

/** Not refused, and not acknowledged yet. */
export function waits(entry: LiveEntry): boolean {
  return entry.failed === null && entry.acked === null
}

/** The server has all of its files, or it has none. */
export function isUploaded({ uploads = [] }: OutboxEntry): boolean {
  return uploads.every((upload) => upload.isDone)
}

/** The next to send; undefined while there is nothing, or something that must come first. */
export function nextEntry(entries: readonly LiveEntry[]): LiveEntry | undefined {
  const passed = new Set<MessageId>()
  for (const entry of entries) {
    if (!waits(entry) || passed.has(entry.messageId)) continue
    const isBehindFiles = passed.size > 0 && (entry.uploads?.length ?? 0) > 0
    if (isUploaded(entry) && !isBehindFiles) return entry
    if (!isBehindFiles && bytesOf(entry) <= limits.uploadHoldsBytes) return undefined
    passed.add(entry.messageId)
  }
  return undefined
}

function bytesOf({ uploads = [] }: OutboxEntry): number {
  return uploads.reduce((sum, upload) => sum + (upload.isDone ? 0 : upload.bytes), 0)
}
