// The servers' truth, read straight from a MongoDB database, past every node: from the log and the marks alone, so that
// what nodes keep beside the log (headers, members, digests) proves nothing here. Reads only.
import type { Db } from 'mongodb'
import type { ConversationId, Message } from '@palabre/protocol'
import { metaOf } from '../../packages/server/src/store/mongo/meta.ts'
import { receiptsOf, type ReceiptDocument } from '../../packages/server/src/store/mongo/receipts.ts'
import { messageFrom, messagesOf, type MessageDocument } from '../../packages/server/src/store/mongo/rows.ts'
import { heldMessage, systemChange, type TrueConversation, type TrueMember, type Truth } from './history.ts'

/** Everything that is stored. `presence`: how people are, where somebody knows. */
export async function truthOfMongo(db: Db, presence: Truth['presence'] = null): Promise<Truth> {
  const epoch = await metaOf(db).findOne({ _id: 'epoch' })
  if (epoch === null) throw new Error('the store has no epoch')
  const [documents, receipts] = await Promise.all([
    messagesOf(db).find().sort({ conversationId: 1, seq: 1 }).toArray(),
    receiptsOf(db).find().toArray(),
  ])
  const marks = new Map(receipts.map((one) => [one._id, one]))
  const logs = new Map<ConversationId, MessageDocument[]>()
  for (const document of documents) {
    const log = logs.get(document.conversationId) ?? []
    logs.set(document.conversationId, log)
    log.push(document)
  }
  return {
    epoch: String(epoch.value),
    conversations: [...logs].map(([id, log]) => conversationOf(id, log, marks)),
    presence,
  }
}

function conversationOf(
  id: ConversationId,
  log: readonly MessageDocument[],
  marks: ReadonlyMap<string, ReceiptDocument>,
): TrueConversation {
  const members = new Map<string, TrueMember>()
  let title = ''
  const messages = log.map((document) => {
    const message = messageFrom(document)
    const system = systemChange(message)
    const firstRev = document.revs[0] ?? document.rev
    title = titleAfter(title, message)
    for (const user of system?.removed ?? []) members.delete(user)
    for (const user of system?.added ?? []) {
      const mark = marks.get(`${id} ${user}`)
      members.set(user, {
        user,
        joinedSeq: message.seq,
        joinedRev: firstRev,
        // Who came back begins where they came back.
        deliveredSeq: Math.max(message.seq, mark?.deliveredSeq ?? 0),
        readSeq: Math.max(message.seq, mark?.readSeq ?? 0),
      })
    }
    return { ...heldMessage(message), firstRev, changes: document.changes, system }
  })
  return {
    conversation: id,
    kind: log.some(({ pair }) => pair !== undefined) ? 'direct' : 'group',
    rev: Math.max(0, ...log.flatMap(({ revs }) => revs)),
    lastSeq: log.at(-1)?.seq ?? 0,
    title,
    members: [...members.values()].sort((a, b) => (a.user < b.user ? -1 : 1)),
    messages,
  }
}

function titleAfter(title: string, { kind, body }: Message): string {
  if (kind !== 'system') return title
  if (body.event === 'conversation_created') return body.title ?? ''
  return body.event === 'title_changed' ? body.title : title
}
