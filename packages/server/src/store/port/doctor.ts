// Looking a whole store over: what could be wrong with it, and what of that follows from something else and can be
// made again. One doctor an engine, one contract. What a conversation's rows must be to each other is in
// `examine.ts`, which every engine calls. The blobs that media name are another store's: whoever has both compares them
// (`backup/media.ts`).
import type { MediaId } from '@palabre/protocol'
import type { BlobId } from '../../blobs/port.ts'

/** What is looked at. */
export type CheckName =
  /** The engine's own files are whole. */
  | 'structure'
  /** Tables and indexes are those of this program. */
  | 'schema'
  /** Messages of a conversation are numbered 1, 2, 3 … */
  | 'seq'
  /** Every change of a conversation took the next rev, once. */
  | 'rev'
  /** Revs and times of new messages grow with their numbers. */
  | 'order'
  /** A message id is there once in its conversation. */
  | 'ids'
  /** What messages hold can be read. */
  | 'body'
  /** A conversation's header is what its log says. */
  | 'header'
  /** The members are those that the log says. */
  | 'members'
  /** Marks lie between the first message that a member may see and the last one. */
  | 'marks'
  /** The digests of a conversation are those of its messages (DIG-2). */
  | 'digests'
  /** Nothing belongs to somebody or something that is not there. */
  | 'orphans'
  /** People are found by their names. */
  | 'names'
  /** What media name is where the blobs are, with its length. */
  | 'media'

export interface Fault {
  check: CheckName
  /** What it is about, with ids that an operator can search for. */
  where: string
  says: string
  /** It follows from what is intact: `repair` can make it again. */
  canRepair: boolean
}

export interface Report {
  /** The first of each check. */
  faults: Fault[]
  /** How many of each check there are in all. */
  counts: Partial<Record<CheckName, number>>
  /** Of those, how many can be repaired. */
  repairable: number
  looked: { conversations: number; messages: number; users: number }
}

export interface ExamineOptions {
  signal?: AbortSignal
  /** In conversations. */
  onProgress?: (done: number, total: number) => void
}

/** A blob that a medium of the store names. */
export interface NamedBlob {
  id: BlobId
  mediaId: MediaId
  /** Null: of a small picture nobody has written down how long it is. */
  bytes: number | null
}

export interface Doctor {
  /** Looks at one instant of the store, or of each conversation; a server may be writing to it. */
  examine(options?: ExamineOptions): Promise<Report>
  /** All that media name; what many name comes as often. */
  blobs(): AsyncIterable<NamedBlob>
  close(): void | Promise<void>
}

/** Faults of one check that are told one by one. */
const shownMax = 20

/** Gathers faults: all are counted, the first ones are kept. */
export function createReport(): { report: Report; note: (fault: Fault) => void } {
  const report: Report = {
    faults: [],
    counts: {},
    repairable: 0,
    looked: { conversations: 0, messages: 0, users: 0 },
  }
  return {
    report,
    note: (fault) => noteIn(report, fault),
  }
}

/** Adds what another one found. */
export function noteIn(report: Report, fault: Fault): void {
  const count = (report.counts[fault.check] ?? 0) + 1
  report.counts[fault.check] = count
  if (fault.canRepair) report.repairable += 1
  if (count <= shownMax) report.faults.push(fault)
}

/** What a medium that is ready names. */
export function* blobsNamedBy({
  id: mediaId,
  found,
}: {
  id: MediaId
  found: { blobId: BlobId; bytes: number; thumbId: BlobId | null } | null
}): Iterable<NamedBlob> {
  if (found === null) return
  yield { id: found.blobId, mediaId, bytes: found.bytes }
  if (found.thumbId !== null) yield { id: found.thumbId, mediaId, bytes: null }
}

/** Faults in all. */
export function faultsIn(report: Report): number {
  return Object.values(report.counts).reduce((sum, count) => sum + count, 0)
}
