// Deliberate defects of what several nodes stand on: the store's numbers, the words between nodes, the hints that stand in
// for lost words. The simulation has one node; these are looked for with three real ones (`mutants-nodes-run.ts`).
import type { Mutant } from './mutants.ts'

const server = 'packages/server/src'

export const nodeMutants: Mutant[] = [
  {
    name: 'a rev is free again',
    sentence:
      'Only the present rev of a message is unique: a change frees the one before, and what another node gives that number to is never asked for.',
    places: [
      {
        file: `${server}/store/mongo/rows.ts`,
        find: '  { key: { conversationId: 1, revs: 1 }, unique: true },\n  { key: { conversationId: 1, rev: 1 } },\n',
        replace: '  { key: { conversationId: 1, rev: 1 }, unique: true },\n',
      },
    ],
  },
  {
    name: 'two nodes at one place',
    sentence: 'Nothing refuses a place that another node has given away.',
    places: [
      {
        file: `${server}/store/mongo/rows.ts`,
        find: '  { key: { conversationId: 1, seq: 1 }, unique: true },\n  { key: { conversationId: 1, revs: 1 }, unique: true },\n',
        replace: '  { key: { conversationId: 1, seq: 1 } },\n',
      },
    ],
  },
  {
    name: 'rooms are believed',
    seed: 2,
    sentence: 'An event leaves for whoever is in the room, also where a node has not heard who was put out.',
    places: [
      {
        file: `${server}/transport/fanout.ts`,
        find: '  function whenCurrent(conversationId: ConversationId, membersRev: number, tell: () => void) {\n',
        replace:
          '  function whenCurrent(conversationId: ConversationId, membersRev: number, tell: () => void) {\n    if (membersRev >= 0) return tell()\n',
      },
    ],
  },
  {
    name: 'no hint',
    seed: 2,
    sentence:
      'What was said while nodes could not hear each other is not spoken of again, neither by its head nor by a call to ask.',
    places: [
      {
        file: `${server}/transport/fanout.ts`,
        find: "remind: () => void sockets.io.local.emit('sync_hint', { heads: {} })",
        replace: 'remind: () => undefined',
      },
      {
        file: `${server}/transport/fanout.ts`,
        find: "sockets.to(socketId).emit('sync_hint', { heads: theirs })",
        replace: 'void theirs',
      },
    ],
  },
]
