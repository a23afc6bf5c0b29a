// Backups while people write, and processes killed in the middle: what is there is whole, what was there before is
// not harmed, and what is no backup any more is refused. All by the program's own commands.
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { ConversationId } from '@palabre/protocol'
import { groupOf, range, seqsOf, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { drafting, palabre, palabreDoes, startCommand, storeFacts } from '../kit/operator.ts'
import type { Person } from '../kit/people.ts'
import { eventually } from '../kit/wait.ts'
import { useProcessWorld } from '../kit/world.ts'

/** A text that fills the wire's packets: a few hundred make a store that takes a while to copy. */
const long = 'as long as may be '.repeat(3_000)
/** Milliseconds after its draft appeared at which a command is killed. */
const moments = [0, 50, 150]

// Of the stores, only SQLite is one file that these commands copy and put in place.
// Each command is a process of its own, which takes seconds to begin on a busy machine.
onEachStore('on %s', { timeout: 240_000, only: ['sqlite'] }, (store) => {
  const world = useProcessWorld(store)
  const folders: string[] = []
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palabre-backups-'))
    folders.push(folder)
  })
  afterAll(async () => {
    for (const made of folders) await rm(made, { recursive: true, force: true })
  })

  test('[P1] [P3] a backup under load has everything acknowledged before it began, and no hole', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const ids = [await groupOf(alice, bob, carol), await groupOf(bob, carol, alice)]
    const acknowledged = new Map<string, { id: ConversationId; seq: number }>()
    let isOver = false
    const senders = [alice, bob, carol].flatMap((person) => ids.map((id) => ({ person, id })))
    const sending = senders.map(async ({ person, id }) => {
      const socket = await person.socket()
      while (!isOver) {
        const answer = await socket.ask('sendMessage', textTo(id, `by ${person.name}`))
        if (answer.ok && answer.output.message)
          acknowledged.set(answer.output.message.id, { id, seq: answer.output.message.seq })
      }
    })
    await eventually(() => (acknowledged.size >= 200 ? true : undefined), 'the load')
    const before = new Map(acknowledged)
    const file = join(folder, 'loaded.tar')
    await palabreDoes(world.server.dataDir, 'backup', file)
    const meanwhile = acknowledged.size - before.size
    isOver = true
    await Promise.all(sending)
    expect(meanwhile).toBeGreaterThan(0)
    await palabreDoes(world.server.dataDir, 'verify', file)

    await world.server.drain()
    await palabreDoes(world.server.dataDir, 'restore', file)
    await world.server.restart()
    const device = await alice.opens()
    for (const id of ids) {
      const history = await device.history(id)
      expect(seqsOf(history)).toEqual(range(1, history.length))
      const places = new Map<string, number>(history.map((message) => [message.id, message.seq]))
      for (const [messageId, at] of before) if (at.id === id) expect(places.get(messageId)).toBe(at.seq)
    }
  })

  test('a backup that is killed or stopped leaves the last one as it was', async () => {
    const { alice } = await world.accounts('alice')
    await fill(alice)
    const file = join(folder, 'kept.tar')
    await palabreDoes(world.server.dataDir, 'backup', file)
    const first = await readFile(file)
    for (const moment of moments) {
      const backup = startCommand(world.server.dataDir, ['backup', file, '--force'])
      await drafting(backup, folder)
      await delay(moment)
      backup.kill('SIGKILL')
      const { code } = await backup.ended
      // Killed, it was there before; finished just before that, it is another whole one.
      if (code === null && (await readFile(file)).equals(first)) continue
      await palabreDoes(world.server.dataDir, 'verify', file)
    }
    const stopped = startCommand(world.server.dataDir, ['backup', join(folder, 'never.tar')])
    await drafting(stopped, folder)
    stopped.kill('SIGINT')
    expect(await stopped.ended).toMatchObject({ code: 130, output: '' })
    // What the killed ones left is removed by the next that is made there.
    await palabreDoes(world.server.dataDir, 'backup', file, '--force')
    expect(await readdir(folder)).toEqual(['kept.tar'])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await alice.does('listConversations', {})
  })

  test('[SYNC-7] a restore that is killed leaves the old store or the new one, and the old one is kept', async () => {
    const { dataDir } = world.server
    const { alice } = await world.accounts('alice')
    const id = await fill(alice)
    const file = join(folder, 'older.tar')
    await palabreDoes(dataDir, 'backup', file)
    const older = await storeFacts(store, dataDir)
    await alice.does('sendMessage', textTo(id, 'only in the newer'))
    const refused = await palabre(dataDir, 'restore', file)
    expect(refused).toMatchObject({ code: 1, errors: `A server is using ${dataDir}: stop it first.\n` })
    await world.server.drain()

    const now = () => storeFacts(store, dataDir)
    const newer = await now()
    expect(newer.counts.messages).toBe(older.counts.messages + 1)
    for (const moment of moments) {
      const restoring = startCommand(dataDir, ['restore', file])
      await drafting(restoring, dataDir)
      await delay(moment)
      restoring.kill('SIGKILL')
      const { code } = await restoring.ended
      const { counts, epoch } = await now()
      if (code === null && epoch === newer.epoch) {
        expect(counts).toEqual(newer.counts)
        continue
      }
      expect(counts).toEqual(older.counts)
      expect([older.epoch, newer.epoch]).not.toContain(epoch)
      // Back to before, which was kept, for the next moment.
      const [aside = ''] = await readdir(join(dataDir, 'backups'))
      expect(aside).toMatch(/^before-restore-/u)
      await rm(join(dataDir, 'palabre.db'))
      await writeFile(join(dataDir, 'palabre.db'), await readFile(join(dataDir, 'backups', aside)))
      await rm(join(dataDir, 'backups', aside))
      expect(await now()).toEqual(newer)
    }
    await palabreDoes(dataDir, 'restore', file)
    expect((await now()).counts).toEqual(older.counts)
    await palabreDoes(dataDir, 'doctor')
    expect((await readdir(dataDir)).filter((name) => name.endsWith('.partial'))).toEqual([])
    await world.server.restart()
  })

  test('[SEC-25] what is no backup is refused in one sentence, and nothing is changed by it', async () => {
    const { dataDir } = world.server
    const { alice } = await world.accounts('alice')
    const file = join(folder, 'good.tar')
    const canary = `canary-${alice.username}`
    await alice.does('updateMe', { about: canary })
    await palabreDoes(dataDir, 'backup', file)
    const good = await readFile(file)
    expect(good.includes(canary)).toBe(true)
    for (const secret of [alice.password, alice.sessionId, alice.refreshToken])
      expect(good.includes(secret)).toBe(false)
    for (const name of await readdir(join(dataDir, 'keys'))) {
      const kept = await readFile(join(dataDir, 'keys', name), 'utf8')
      const keys = kept.match(/[\w-]{40,}/gu) ?? []
      expect(keys.length).toBeGreaterThan(0)
      for (const key of keys) expect(good.includes(key)).toBe(false)
    }

    const flipped = Buffer.from(good)
    const middle = Math.floor(good.length / 2)
    flipped[middle] = (flipped[middle] ?? 0) ^ 1
    const bad = {
      'flipped.tar': flipped,
      'cut.tar': good.subarray(0, -512),
      'other.tar': Buffer.from('hello'),
    }
    for (const [name, bytes] of Object.entries(bad)) {
      await writeFile(join(folder, name), bytes)
      const { code, output, errors } = await palabre(dataDir, 'verify', join(folder, name))
      expect([code, output, errors.split('\n').length]).toEqual([1, '', 2])
      expect(errors).toContain(`${join(folder, name)} cannot be used.`)
    }
    expect(await palabre(dataDir, 'backup', file)).toMatchObject({ code: 1, output: '' })
    expect(await palabre(dataDir, 'forget', 'everything')).toMatchObject({ code: 2, output: '' })
    expect((await readFile(file)).equals(good)).toBe(true)

    await world.server.drain()
    const held = await readdir(dataDir)
    expect((await palabre(dataDir, 'restore', join(folder, 'flipped.tar'))).code).toBe(1)
    expect((await readdir(dataDir)).sort()).toEqual(held.sort())
    await world.server.restart()
    expect((await alice.does('getMe', {})).user.about).toBe(canary)
  })

  test('a backup passes through a pipe, and nothing else does', async () => {
    const { dataDir } = world.server
    await world.accounts('alice')
    const { code, output, errors } = await palabre(dataDir, 'backup', '-')
    expect(code).toBe(0)
    expect(errors).toContain('The backup is written')
    const verified = await startCommand(dataDir, ['verify', '-'], Buffer.from(output, 'latin1')).ended
    expect(verified).toMatchObject({ code: 0, errors: '' })
    const elsewhere = join(folder, 'elsewhere')
    const restored = await startCommand(elsewhere, ['restore', '-'], Buffer.from(output, 'latin1')).ended
    expect(restored).toMatchObject({ code: 0, errors: '' })
    expect(await palabreDoes(elsewhere, 'doctor')).toContain('nothing is wrong')
  })

  /** A conversation of some fourteen megabytes. */
  async function fill(person: Person): Promise<ConversationId> {
    const id = await groupOf(person)
    const socket = await person.socket()
    for (const n of range(1, 250)) {
      const answer = await socket.ask('sendMessage', textTo(id, `${long}${n}`))
      if (!answer.ok) throw new Error(`not sent: ${answer.error.code}`)
    }
    return id
  }
})
