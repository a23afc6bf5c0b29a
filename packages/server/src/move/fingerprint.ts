// A number for the state of a store: another one, and something was written. It covers everything but the messages, of
// which every change moves its conversation's rev, so it takes a small part of the time that reading all would.
import { createHash } from 'node:crypto'
import type { TransferReading } from '../store/port/transfer.ts'

export async function fingerprintOf(reading: TransferReading, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const records of reading.read({ withoutMessages: true })) {
    signal?.throwIfAborted()
    for (const record of records) hash.update(`${JSON.stringify(record)}\n`)
  }
  return hash.digest('base64url')
}
