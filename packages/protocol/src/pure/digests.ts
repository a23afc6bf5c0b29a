// Digests: a conversation's history in a few numbers, so that a device can see whether it holds what the server
// holds without fetching it again. Over (seq, id, rev) of each message (DIG-1), in blocks of 256 (DIG-2). Pure.
// A digest finds damage, not malice: the server is believed, and whoever wants to can make two histories collide.
import { limits } from '../limits.ts'
import type { Message } from '../messages.ts'

/** A sum below 2^52: two of them add up without leaving the integers that a double holds. */
const modulus = 2 ** 52
const wordSize = 2 ** 32

/** What a digest sees of a message: its place, its name and its last change. */
export type Digested = Pick<Message, 'seq' | 'id' | 'rev'>

/** The digest of one message (DIG-1). Two lanes of 32 bits, mixed at the end; `seq` and `rev` count modulo 2^32. */
export function digestOf({ seq, id, rev }: Digested): number {
  let low = Math.imul(seq ^ 0x9e3779b9, 0x9e3779b1)
  let high = Math.imul(seq ^ 0x85ebca6b, 0x5f356495)
  low = Math.imul(low ^ rev, 0x9e3779b1)
  high = Math.imul(high ^ rev, 0x5f356495)
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i)
    low = Math.imul(low ^ unit, 0x9e3779b1)
    high = Math.imul(high ^ unit, 0x5f356495)
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  return (high & 0xfffff) * wordSize + (low >>> 0)
}

/** The digest of two sets of messages together. The empty set's is 0. */
export function addDigests(a: number, b: number): number {
  return (a + b) % modulus
}

/** The digest of `a` without the messages of `b`. */
export function subtractDigest(a: number, b: number): number {
  return (a - b + modulus) % modulus
}

/** The digest of these messages, in any order. */
export function digestOfAll(messages: Iterable<Digested>): number {
  let sum = 0
  for (const message of messages) sum = addDigests(sum, digestOf(message))
  return sum
}

/** The block that a message stands in: 0, 1, 2 … */
export function blockOf(seq: number): number {
  return Math.floor((seq - 1) / limits.digestBlock)
}

/** The first and the last seq of a block. */
export function seqsOfBlock(block: number): { from: number; to: number } {
  return { from: block * limits.digestBlock + 1, to: (block + 1) * limits.digestBlock }
}
