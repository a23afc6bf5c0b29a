// Looks at conversations as they pass by in a stream of records (`store/port/examine.ts`): what is wrong with them, and
// the digests of their blocks (DIG-1), without holding more than a number a message of one conversation.
import type { UserId } from '@palabre/protocol'
import {
  beginExamination,
  type Examining,
  type HeldDigests,
  type HeldMember,
  type LogRow,
} from '../store/port/examine.ts'
import type { TransferRecord, TransferRecordOf } from '../store/port/transfer.ts'

export interface Inspected {
  conversationId: string
  /** In words; empty: nothing is wrong. */
  findings: string[]
  /** Null when it has no messages. */
  digests: HeldDigests | null
}

export interface Inspector {
  /** Answers when a conversation has passed wholly. One whose beginning it did not see is not looked at. */
  take(record: TransferRecord): Inspected | null
}

export function createInspector(): Inspector {
  let current: { header: TransferRecordOf<'conversation'>; examining: Examining } | null = null

  function end({ conversationId, members }: TransferRecordOf<'members'>): Inspected | null {
    if (current?.header.id !== conversationId) return null
    const { header, examining } = current
    current = null
    const held = new Map<UserId, HeldMember>(members.map((member) => [member.userId, member]))
    const { findings, derived } = examining.end({
      id: header.id,
      kind: header.kind,
      header,
      members: held,
      digests: null,
    })
    return {
      conversationId,
      findings: findings.map(({ says, check }) => `conversation ${conversationId}: ${says} (${check})`),
      digests: derived?.digests ?? null,
    }
  }

  return {
    take(record) {
      if (record.type === 'conversation')
        current = { header: record, examining: beginExamination(record.kind) }
      else if (record.type === 'message') {
        if (current?.header.id === record.conversationId) current.examining.take(rowOf(record))
      } else if (record.type === 'members') return end(record)
      return null
    },
  }
}

function rowOf(message: TransferRecordOf<'message'>): LogRow {
  const { seq, id, firstRev, rev, bodyRev, changes, senderId, createdAt, kind, body } = message
  return {
    seq,
    id,
    firstRev,
    rev,
    bodyRev,
    changes,
    senderId,
    createdAt,
    system: kind === 'system' ? JSON.stringify(body) : null,
    isReadable: true,
  }
}
