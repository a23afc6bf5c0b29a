// `npx tsx bench/move.ts [MESSAGES]`: moves a store of a million messages from SQLite to MongoDB (MONGODB_URL) and back
// into another folder, each by the program's own command in a process of its own, and prints time, rate and memory.
// The first store is made through the target of a move itself, because nothing writes faster.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { v7 } from 'uuid'
import { MongoClient } from 'mongodb'
import type { ConversationId, MessageId, OpId, SessionId, UserId } from '@palabre/protocol'
import {
  inBatches,
  noCounts,
  transferFormat,
  type TransferRecord,
} from '../packages/server/src/store/port/transfer.ts'
import { openSqliteTarget } from '../packages/server/src/store/sqlite/transfer/transfer.ts'

const total = Number(process.argv[2] ?? 1_000_000)
const people = 200
/** One long conversation, and many short ones. */
const conversations = 2_000
const longShare = 0.3
const program = resolve(import.meta.dirname, '../packages/server/src/main.ts')

const folder = mkdtempSync(join(tmpdir(), 'palabre-bench-move-'))
const url = databaseUrl()

function databaseUrl(): string {
  const given = process.env['MONGODB_URL']
  if (given === undefined) throw new Error('MONGODB_URL is not given')
  const at = new URL(given)
  at.pathname = `/palabre_bench_move_${process.pid}`
  return at.href
}

/** One in ten messages was changed, and one in a hundred by a known operation. */
function* records(): Iterable<TransferRecord> {
  const start = Date.now() - 1e9
  const ids = Array.from({ length: people }, () => v7() as UserId).sort()
  for (const [n, id] of ids.entries())
    yield {
      type: 'user',
      id,
      username: `person${n}`,
      skeleton: `person${n}`,
      displayName: `Person ${n}`,
      about: '',
      avatarId: null,
      rev: n + 1,
      passwordHash: 'none',
      createdAt: start,
    }
  const sessions = ids
    .map((userId) => ({ id: v7() as SessionId, userId }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const { id, userId } of sessions)
    yield {
      type: 'session',
      id,
      userId,
      deviceName: 'Bench',
      createdAt: start,
      lastUsedAt: start,
      generation: 1,
      rotatedAt: start,
      isConfirmed: true,
      salt: 'salt',
      push: null,
    }
  const all = Array.from({ length: conversations }, () => v7() as ConversationId).sort()
  const long = Math.floor(total * longShare)
  const short = Math.floor((total - long) / (conversations - 1))
  for (const [n, id] of all.entries()) {
    const members = ids.slice(n % (people - 5), (n % (people - 5)) + 5)
    yield* conversation(id, members, n === 0 ? total - short * (conversations - 1) : short, start)
  }
}

function* conversation(
  id: ConversationId,
  memberIds: UserId[],
  length: number,
  createdAt: number,
): Iterable<TransferRecord> {
  const changed = Math.floor(length / 10)
  const creator = memberIds[0]!
  const activeAt = createdAt + length - 1
  const header = { title: 'Bench', description: '', avatarId: null, createdBy: creator, createdAt, activeAt }
  yield {
    type: 'conversation',
    id,
    kind: 'group',
    pair: null,
    ...header,
    rev: length + changed,
    lastSeq: length,
    membersRev: 1,
    memberCount: memberIds.length,
  }
  for (let seq = 1; seq <= length; seq++) {
    const isChanged = seq % 10 === 0
    const rev = isChanged ? length + seq / 10 : seq
    const system = { event: 'conversation_created', title: 'Bench', memberIds }
    yield {
      type: 'message',
      conversationId: id,
      seq,
      id: v7() as MessageId,
      firstRev: seq,
      rev,
      bodyRev: seq,
      changes: isChanged ? 1 : 0,
      revs: null,
      senderId: memberIds[(seq - 1) % memberIds.length] ?? creator,
      kind: seq === 1 ? 'system' : 'text',
      body:
        seq === 1 ? system : { text: `message ${seq}: as long as most of what people write, in one line` },
      replyTo: null,
      forwarded: false,
      mentions: [],
      reactions: isChanged ? [{ emoji: '👍', userIds: [creator] }] : [],
      createdAt: createdAt + seq - 1,
      sentAt: createdAt + seq - 1,
      editedAt: null,
      deletedAt: null,
      pinnedAt: null,
      expiresAt: null,
      hash: 'a hash that is as long as hashes are: 43 chars',
      operations: seq % 100 === 0 ? [{ userId: creator, opId: v7() as OpId }] : [],
    }
  }
  const marks = { joinedAt: createdAt, joinedSeq: 1, joinedRev: 1, deliveredSeq: length, readSeq: length }
  yield {
    type: 'members',
    conversationId: id,
    members: memberIds.map((userId) => ({ userId, role: userId === creator ? 'owner' : 'member', ...marks })),
  }
}

async function seed(dataDir: string): Promise<void> {
  const target = openSqliteTarget(dataDir)
  const journal = {
    format: transferFormat,
    from: 'bench',
    epoch: v7(),
    fingerprint: '',
    place: null,
    written: 0,
  } as const
  await target.begin(journal)
  const counts = noCounts()
  for await (const batch of inBatches(records())) {
    for (const { type } of batch) counts[type] += 1
    await target.write(batch, journal)
  }
  await target.finish()
  await target.close()
  console.log(`made: ${JSON.stringify(counts)}`)
}

async function move(from: string, to: string): Promise<void> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['--import', 'tsx', program, 'migrate', '--from', from, '--to', to], {
    env: { ...process.env, DATA_DIR: folder, MONGODB_URL: url },
    stdio: 'inherit',
  })
  let peak = 0
  const looking = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid ?? 0))
  }, 200)
  const code = await new Promise<number | null>((done) => child.once('close', done))
  clearInterval(looking)
  if (code !== 0) throw new Error(`it ended with ${code}`)
  const seconds = (performance.now() - startedAt) / 1_000
  const rate = Math.round(total / seconds)
  const [one, other] = [from, to].map((end) => end.split(':')[0])
  console.log(
    `${one} → ${other}: ${total} messages in ${seconds.toFixed(0)} s, ${rate}/s with all comparing; peak ${(peak / 1_024).toFixed(0)} MiB`,
  )
}

/** The most memory that a process has had, in KiB. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

try {
  await seed(join(folder, 'first'))
  await move(`sqlite:${join(folder, 'first')}`, 'mongodb')
  await move('mongodb', `sqlite:${join(folder, 'second')}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
  const client = new MongoClient(url)
  await client.db().dropDatabase()
  await client.close()
}
