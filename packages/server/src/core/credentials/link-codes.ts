// The codes of invite links (LINK-1, SEC-30): which conversation, and 160 bits that are made of its link's salt with a key
// that is outside of the store. So the code of a link can be shown again to an admin, and whoever has a backup of the
// store, or reads the salt on a member's device, has no code. Pure.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { ConversationId } from '@palabre/protocol'

const idBytes = 16
const proofBytes = 20

/** What a code says; whether it holds is for `isProof` to say. */
export interface ReadCode {
  readonly conversationId: ConversationId
  readonly proof: Uint8Array
}

export function codeOf(key: Uint8Array, conversationId: ConversationId, salt: string): string {
  const id = Buffer.from(conversationId.replaceAll('-', ''), 'hex')
  return Buffer.concat([id, proofOf(key, conversationId, salt)]).toString('base64url')
}

/** Null: this can be no code of ours. */
export function readCode(code: string): ReadCode | null {
  const bytes = Buffer.from(code, 'base64url')
  if (bytes.length !== idBytes + proofBytes) return null
  const hex = bytes.toString('hex', 0, idBytes)
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
  const conversationId = ConversationId.safeParse(parts.join('-'))
  return conversationId.success
    ? { conversationId: conversationId.data, proof: bytes.subarray(idBytes) }
    : null
}

/** Compared without telling by the time it takes how much was right. */
export function isProof(key: Uint8Array, { conversationId, proof }: ReadCode, salt: string): boolean {
  return timingSafeEqual(proof, proofOf(key, conversationId, salt))
}

function proofOf(key: Uint8Array, conversationId: ConversationId, salt: string): Buffer {
  return createHmac('sha256', key).update(`join ${conversationId} ${salt}`).digest().subarray(0, proofBytes)
}
