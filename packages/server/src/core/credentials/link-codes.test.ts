// The code of an invite link: it holds for its conversation, its salt and this server's key, and for nothing else.
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { v7 } from 'uuid'
import { ConversationId } from '@palabre/protocol'
import { codeOf, isProof, readCode } from './link-codes.ts'

const key = randomBytes(32)
const conversationId = ConversationId.parse(v7())

test('[SEC-30] a code names its conversation, and holds for its salt and key alone', () => {
  const code = codeOf(key, conversationId, 'salt')
  expect(code).toMatch(/^[\w-]{48}$/)
  const read = readCode(code)
  expect(read?.conversationId).toBe(conversationId)
  if (read === null) throw new Error('unreadable')
  // 160 bits.
  expect(read.proof).toHaveLength(20)
  expect(isProof(key, read, 'salt')).toBe(true)
  expect(isProof(key, read, 'other')).toBe(false)
  expect(isProof(randomBytes(32), read, 'salt')).toBe(false)
  const elsewhere = { ...read, conversationId: ConversationId.parse(v7()) }
  expect(isProof(key, elsewhere, 'salt')).toBe(false)
})

test('what is no code of ours is none', () => {
  expect(readCode('')).toBeNull()
  expect(readCode('A'.repeat(48))).toBeNull()
  expect(readCode(codeOf(key, conversationId, 'salt').slice(1))).toBeNull()
})
