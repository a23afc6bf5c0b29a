// Deliberate defects: each is a design that looks enough and is not, or a line that somebody could forget. None of them is in
// the product: the simulation's build alters these places on their way into its bundle, one defect at a time, and refuses
// when a place is not there exactly once. A mutant that nothing catches is a hole in the checker.
import type { Alteration } from '../simulation/build.ts'

export interface Mutant {
  name: string
  /** What is wrong with it, for whoever reads the list. */
  sentence: string
  places: Alteration[]
  /** Of several nodes: what caught it, and is tried first. */
  seed?: number
}

const server = 'packages/server/src'
const client = 'packages/client/src'
const protocol = 'packages/protocol/src'

const at = (file: string, find: string, replace: string): Alteration => ({ file, find, replace })

/** What is on the disk lags half a second behind what was said to be there. */
const lateCommit = [
  at(`${server}/store/sqlite/committer.ts`, '    begin.run()\n', '    if (!db.inTransaction) begin.run()\n'),
  at(
    `${server}/store/sqlite/committer.ts`,
    '      commit.run()\n',
    '      setTimeout(() => db.inTransaction && commit.run(), 500)\n',
  ),
]

export const mutants: Mutant[] = [
  {
    name: 'no unique index',
    sentence:
      'The store does not refuse an id that it has: a retry after a lost acknowledgement is stored twice.',
    places: [
      at(
        `${server}/store/sqlite/migrations/0001-start.ts`,
        'CREATE UNIQUE INDEX messages_by_id',
        'CREATE INDEX messages_by_id',
      ),
      at(`${server}/store/sqlite/writes/log.ts`, '     ON CONFLICT (id, conversation) DO NOTHING`', '`'),
    ],
  },
  {
    name: 'number before insertion',
    sentence: 'A place is taken before it is known whether anything goes there: a repeat leaves a hole.',
    places: [
      at(
        `${server}/store/sqlite/writes/log.ts`,
        '    if (changes === 0) {\n',
        '    if (changes === 0) {\n      head.lastSeq = seq; head.rev = rev; heads.moved(head)\n',
      ),
    ],
  },
  {
    name: 'acknowledged before the commit',
    sentence: 'The answer goes out, and the disk follows: a crash in between loses what was acknowledged.',
    places: lateCommit,
  },
  {
    name: 'told before the commit',
    sentence:
      'The members hear of a message that is not durable yet: a crash gives its number to another one.',
    places: [
      ...lateCommit,
      at(
        `${server}/core/sending/sending.ts`,
        '  if (appended.message === null) throw new PalabreError(',
        '  await new Promise((resolve) => setTimeout(resolve, 600))\n  if (appended.message === null) throw new PalabreError(',
      ),
    ],
  },
  {
    name: 'fetched before joined',
    sentence:
      'The difference is answered while the rooms are still being joined: what happens in between is in neither.',
    places: [
      at(
        `${server}/transport/socket.ts`,
        'const answer = isReady ? run(name, args[0]) : ready.then(() => run(name, args[0]))',
        'const answer = run(name, args[0])',
      ),
      at(
        `${server}/transport/socket.ts`,
        '    for (const { id, rev } of heads) {\n',
        '    await new Promise((resolve) => setTimeout(resolve, 300))\n    for (const { id, rev } of heads) {\n',
      ),
      // The difference lets its socket into the rooms that it is not in, too, and would mend what is broken above.
      at(
        `${server}/features/sync.ts`,
        'const isMended = await ctx.fanout.mendSocket(ctx.socketId, ids)',
        'const isMended = ids.length < 0',
      ),
      // The comparison of digests asks for what is missing, and would too.
      at(
        `${client}/sync/repair.ts`,
        'await (attempt === 0 ? pause(SETTLE_MS) : sync.request([id]))',
        'await pause(SETTLE_MS)',
      ),
    ],
  },
  {
    name: 'the removed stay in the room',
    sentence: 'Who was removed goes on hearing the conversation until they reconnect.',
    places: [
      at(
        `${server}/transport/fanout.ts`,
        '    leave(userId, conversationId) {\n',
        '    leave(userId, conversationId) {\n      if (userId) return\n',
      ),
      at(
        `${server}/transport/fanout.ts`,
        '  function evictOthers(room: string, view: MembersView) {\n',
        '  function evictOthers(room: string, view: MembersView) {\n    if (room) return\n',
      ),
    ],
  },
  {
    name: 'ticks of the removed',
    sentence: 'What was gathered for somebody is told although they were removed meanwhile.',
    places: [
      at(
        `${server}/transport/fanout.ts`,
        'notices.filter((notice) => isStillTheirs(userId, notice))',
        'notices',
      ),
    ],
  },
  {
    name: 'back as if never gone',
    sentence: 'Who is added again catches up from where they were, through what they may not see.',
    places: [
      at(
        `${server}/features/sync.ts`,
        'cursor !== null && cursor >= joinedRev && cursor <= row.rev',
        'cursor !== null && cursor <= row.rev',
      ),
    ],
  },
  {
    name: 'everything is visible',
    sentence: 'Changes of messages from before their time reach those who joined later.',
    places: [at(`${server}/core/visibility.ts`, 'message.seq >= member.joinedSeq && ', '')],
  },
  {
    name: 'removed while away',
    sentence: 'The difference does not say which conversations are not one’s own any more.',
    places: [at(`${server}/features/sync.ts`, 'gone.push(id)', 'void gone')],
  },
  {
    name: 'the words stay',
    sentence: 'A deleted message keeps its words.',
    places: [at(`${protocol}/pure/changes.ts`, '    ...emptied(message.kind),\n', '')],
  },
  {
    name: 'marks go back',
    sentence: 'The newest mark wins, not the highest.',
    places: [
      at(
        `${protocol}/pure/marks.ts`,
        'readSeq: Math.max(a.readSeq, b.readSeq),',
        'readSeq: b.readSeq || a.readSeq,',
      ),
      at(
        `${server}/store/sqlite/writes/receipts.ts`,
        'const readSeq = Math.max(read, Math.min(marks.readSeq ?? 0, head.lastSeq))',
        'const readSeq = Math.min(marks.readSeq ?? read, head.lastSeq)',
      ),
    ],
  },
  {
    name: 'marks beyond the end',
    sentence: 'A mark is taken as it is given, also beyond the last message.',
    places: [
      at(
        `${server}/store/sqlite/writes/receipts.ts`,
        'Math.min(marks.deliveredSeq ?? 0, head.lastSeq)',
        '(marks.deliveredSeq ?? 0) + 1',
      ),
    ],
  },
  {
    name: 'never offline',
    sentence: 'The grace after the last socket never ends.',
    places: [
      at(
        `${server}/cluster/presence.ts`,
        '      person.callOff = clock.after(graceMs, () => {',
        '      person.callOff = clock.after(graceMs * 1e9, () => {',
      ),
    ],
  },
  {
    name: 'cursor before the data',
    sentence: 'The cache learns that it has something before it has it.',
    places: [
      at(
        `${client}/sync/replica.ts`,
        '      if (more.meta) meta = { ...meta, ...more.meta }\n      writeBehind(\n',
        '      if (more.meta) meta = { ...meta, ...more.meta }\n      writeBehind({ conversations: [...steps.values()].map(({ timeline }) => cached(timeline)) })\n      writeBehind(\n',
      ),
    ],
  },
  {
    name: 'nothing held back',
    sentence: 'Events that arrive during a sync are applied at once.',
    places: [at(`${client}/sync/sync.ts`, '    if (isHolding) held.push(job)\n    else job()', '    job()')],
  },
  {
    name: 'gaps ignored',
    sentence: 'An event that comes too early is applied, and what is missing before it never asked for.',
    places: [
      at(
        `${client}/sync/timeline.ts`,
        "  if (change.rev > timeline.cursor + 1) return { outcome: 'gap' }\n",
        '',
      ),
    ],
  },
  {
    name: 'an old epoch is believed',
    sentence:
      'After a restoration the numbers of before go on. Either side alone would start over: both have lost it here.',
    places: [
      at(
        `${server}/features/sync.ts`,
        'const isSameEpoch = input.epoch === undefined || input.epoch === ctx.store.epoch',
        'const isSameEpoch = true',
      ),
      at(
        `${client}/sync/sync.ts`,
        'if (epoch !== null && epoch !== answer.epoch) {',
        'if (answer.epoch === null) {',
      ),
    ],
  },
  {
    name: 'own messages dropped',
    sentence:
      'What comes back from oneself is thrown away: what one sends from the phone never shows on the laptop.',
    places: [
      at(
        `${client}/sync/timeline.ts`,
        'const merged = merge(timeline, change.message ? [change.message] : [], me, change.rev)',
        'const merged = merge(timeline, change.message && change.message.senderId !== me ? [change.message] : [], me, change.rev)',
      ),
    ],
  },
  {
    name: 'echo without its id',
    sentence: 'Any message that is seen counts as the echo of the one that waits.',
    places: [
      at(
        `${client}/outbox/outbox.ts`,
        'const sending = sendingOf(id, message.id)',
        "const sending = entriesOf(id).find((entry) => entry.operation.name === 'sendMessage')",
      ),
    ],
  },
  {
    name: 'forgotten before acknowledged',
    sentence: 'An entry leaves the outbox when it is sent, not when it is acknowledged.',
    places: [
      at(
        `${client}/outbox/outbox.ts`,
        '      const message = await perform(current)\n',
        '      await store.removeEntries([current.order])\n      const message = await perform(current)\n',
      ),
    ],
  },
  {
    name: 'retried under a new id',
    sentence:
      'Another attempt gets another id: if only the acknowledgement was lost, the message is there twice.',
    places: [
      at(
        `${client}/outbox/outbox.ts`,
        '      const message = await perform(current)\n',
        "      if (entry.wasAttempted && current.operation.name === 'sendMessage')\n        current.operation.input.id = current.operation.input.id.slice(0, -1) + ((parseInt(current.operation.input.id.slice(-1), 16) + 1) % 16).toString(16)\n      const message = await perform(current)\n",
      ),
    ],
  },
  {
    name: 'all at once',
    sentence: 'Messages of one conversation do not wait for each other.',
    places: [
      at(
        `${client}/outbox/outbox.ts`,
        'if (!isReady || lane.inFlight || lane.timer !== undefined) return\n    const next = nextEntry(lane.entries)',
        'if (!isReady || lane.timer !== undefined) return\n    const next = lane.entries.findLast((entry) => waits(entry) && entry !== lane.inFlight)',
      ),
    ],
  },
  {
    name: 'unread by oneself',
    sentence: 'A device counts what it has not read itself, and nothing of what was read on another one.',
    places: [
      at(
        `${client}/sync/timeline.ts`,
        'Math.max(readSeq, joinedSeq, clearedSeq, pendingReadSeq)',
        'Math.max(joinedSeq, clearedSeq, pendingReadSeq)',
      ),
    ],
  },
  {
    name: 'a reset keeps the window',
    sentence: 'After starting over, the cache still holds what it held before, with a hole in between.',
    places: [at(`${client}/sync/replica.ts`, '        if (step.isReset) dropped.push(id)\n', '')],
  },
  {
    name: 'updates lost while paging',
    sentence: 'What changes below the window while a page is on its way is thrown away.',
    places: [
      at(
        `${client}/sync/timeline.ts`,
        '      kept?.set(message.id, newer(message, kept.get(message.id)))\n',
        '',
      ),
    ],
  },
  {
    name: 'in step',
    sentence: 'The back-off has no jitter: all who lost the same server come back in the same instant.',
    places: [
      at(`${client}/connection/backoff.ts`, 'Math.floor(random * ceilingMs(attempt))', 'ceilingMs(attempt)'),
    ],
  },
]
