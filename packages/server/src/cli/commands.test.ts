// What is typed wrongly is said before anything is touched; what failed is one sentence.
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { MediaId, UserId } from '@palabre/protocol'
import { v7 } from 'uuid'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { openDiskBlobs } from '../blobs/disk.ts'
import { BlobId } from '../blobs/port.ts'
import { openSqliteStore } from '../store/sqlite/open.ts'
import { commands, describeCommands, runCommand } from './commands.ts'
import { errorText } from './errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'palabre-commands-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const errors = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
beforeEach(() => {
  errors.mockClear()
})

async function run(name: string, ...args: string[]): Promise<{ code: number; says: string }> {
  const command = commands[name]
  if (command === undefined) throw new Error(`there is no ${name}`)
  const code = await runCommand(command, args, { DATA_DIR: join(folder, 'data') })
  return { code, says: errors.mock.calls.map(([text]) => String(text)).join('') }
}

test.each([
  ['backup', []],
  ['backup', ['one', 'two']],
  ['backup', ['one', '--loudly']],
  ['restore', []],
  ['verify', ['one', '--force']],
  ['doctor', ['one']],
  ['doctor', ['--repair=yes']],
  ['people', ['suspend']],
  ['people', ['role', 'ann', 'king']],
  ['people', ['list', 'a', 'b']],
])('%s %j is told wrongly', async (name, args) => {
  const { code, says } = await run(name, ...args)
  expect(code).toBe(2)
  expect(says).toContain(`palabre ${commands[name]?.usage}`)
  expect(readdirSync(folder)).toEqual([])
})

test('what is not there is said in a sentence', async () => {
  expect(await run('backup', join(folder, 'x.tar'))).toEqual({
    code: 1,
    says: `There is no store in ${join(folder, 'data')}.\n`,
  })
  expect((await run('doctor')).says).toMatch(/^There is no store in .*\n/u)
  expect((await run('verify', join(folder, 'x.tar'))).says).toMatch(
    /There is no such file or folder: .*x\.tar\.\n$/u,
  )
  expect((await run('backup', join(folder, 'no', 'such', 'x.tar'))).says).toMatch(/no such file or folder/u)
  expect(readdirSync(folder)).toEqual([])
})

test('a wrong setting is said before anything else', async () => {
  const command = commands['doctor']
  expect(await command?.run({ file: '', words: [], options: {}, env: { STORE: 'paper' } })).toBe(1)
  expect(errors.mock.calls.join('')).toMatch(/^STORE is not valid/u)
})

test('a backup holds the files that people sent, a restore brings them back, and the doctor misses one', async () => {
  const [from, to] = [join(folder, 'with-media'), join(folder, 'anew')]
  const bytes = Buffer.from('a photo')
  const blobId = BlobId.parse(createHash('sha256').update(bytes).digest('hex'))
  const store = await openSqliteStore({ dataDir: from, now: () => 1 })
  const owner = UserId.parse(v7())
  await store.users.create({
    id: owner,
    username: 'ann.person',
    skeleton: 'annperson',
    displayName: 'Ann',
    passwordHash: 'x',
    now: 1,
  })
  const upload = { id: MediaId.parse(v7()), ownerId: owner, purpose: 'image', name: 'a.jpg' } as const
  await store.media.begin({ ...upload, declaredBytes: bytes.length, now: 1 }, { unfinished: 1, bytes: 100 })
  await store.media.settle(
    upload.id,
    {
      found: {
        blobId,
        bytes: bytes.length,
        contentType: 'image/jpeg',
        width: 1,
        height: 1,
        placeholder: null,
        thumbId: null,
      },
    },
    1,
  )
  await store.close()
  const blobs = await openDiskBlobs(join(from, 'media'))
  await blobs.put({ id: blobId, bytes: bytes.length }, Readable.from([bytes]))

  const file = join(folder, 'media.tar')
  const runIn = (dataDir: string, name: string, ...args: string[]) => {
    const command = commands[name]
    if (command === undefined) throw new Error(`there is no ${name}`)
    return runCommand(command, args, { DATA_DIR: dataDir })
  }
  const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  expect(await runIn(from, 'backup', file)).toBe(0)
  expect(await runIn(from, 'backup', join(folder, 'without.tar'), '--without-media')).toBe(0)
  expect(await runIn(from, 'verify', file)).toBe(0)
  expect(await runIn(from, 'verify', join(folder, 'without.tar'))).toBe(0)
  expect(await runIn(to, 'restore', file)).toBe(0)
  expect(readFileSync(join(to, 'media', blobId.slice(0, 2), blobId))).toEqual(bytes)
  expect(await runIn(to, 'doctor')).toBe(0)
  await blobs.delete(blobId)
  expect(await runIn(from, 'doctor')).toBe(1)
  expect(errors.mock.calls.join('')).toContain(`media ${upload.id}: its file ${blobId} is missing (media).`)
  expect(said.mock.calls.join('')).toMatch(/, 1 files, .*, without the files that people sent, /su)
  said.mockRestore()
})

test('[OPS-1] [OPS-2] [OPS-3] people are listed, put out, let in again and given a role; all of it is in the record', async () => {
  const dataDir = join(folder, 'people')
  const store = await openSqliteStore({ dataDir, now: () => 1 })
  for (const username of ['ann.first', 'ben.second'])
    await store.users.create({
      id: UserId.parse(v7()),
      username,
      skeleton: username.replace('.', ''),
      // What would turn the terminal’s line around and clear it.
      displayName: `${username.slice(0, 3)}\u202e\u001b[2J`,
      passwordHash: 'x',
      now: 1,
    })
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const says = async (name: string, ...args: string[]) => {
    written.mockClear()
    const command = commands[name]
    const code = command === undefined ? null : await runCommand(command, args, { DATA_DIR: dataDir })
    return { code, text: written.mock.calls.map(([text]) => String(text)).join('') }
  }
  expect((await says('people', 'list')).text.split('\n')).toEqual([
    expect.stringMatching(/^username +name +role +since/u),
    expect.stringMatching(/^ben\.second +ben\[2J +member +1970-01-01 {8}0 {8}0 B$/u),
    expect.stringMatching(/^ann\.first +ann\[2J +operator +/u),
    '',
  ])
  expect((await says('people', 'suspend', '@ben.second')).text).toBe(
    'Suspended, and signed out everywhere.\n',
  )
  const [ben] = await store.overview.people({ query: 'ben', before: null, limit: 1 })
  expect(ben?.suspendedAt).toEqual(expect.any(Number))
  expect((await says('people', 'list', 'ben')).text).toContain('suspended')
  for (const [name = '', ...args] of [
    ['people', 'readmit', 'ben.second'],
    ['people', 'sign-out', 'ben.second', '--json'],
    ['people', 'role', 'ben.second', 'operator'],
    ['people', 'role', 'ann.first', 'member'],
    ['people', 'reset', 'ann.first'],
    ['people', 'invite', '--uses', '2'],
  ])
    expect([args, (await says(name, ...args)).code]).toEqual([args, 0])
  expect((await says('people', 'role', 'ben.second', 'member')).code).toBe(1)
  expect(errors.mock.calls.join('')).toContain('A server needs an operator')
  const record = (await says('audit', '--json')).text.trim().split('\n')
  expect(record.map((line) => (JSON.parse(line) as { act: string }).act).sort()).toEqual(
    [
      'invite_made',
      'person_readmitted',
      'person_suspended',
      'reset_code_made',
      'role_changed',
      'role_changed',
      'sessions_ended',
    ].sort(),
  )
  expect((await says('audit', '--last', '2')).text).toMatch(/^when +act +by +whom +details\n.*command line/u)
  expect((await says('storage')).text).toBe('2 accounts, 0 conversations, 0 messages, 0 B of files.\n')
  written.mockRestore()
  await store.close()
})

test('an error of the system is a sentence, with the file that it is about', () => {
  const error = (code: string, path?: string) =>
    Object.assign(new Error('raw'), { code, ...(path && { path }) })
  expect(errorText(error('ENOSPC', '/data/x'))).toBe('There is no space left on the disk: /data/x.')
  expect(errorText(error('SQLITE_CORRUPT_INDEX'))).toBe('The database is damaged.')
  expect(errorText(error('ESOMETHING'))).toBe('Raw.')
  expect(errorText('thrown')).toBe("'thrown'.")
  expect(errorText({ message: 'out of a worker' })).toBe('Out of a worker.')
})

test('help names every command', () => {
  for (const { usage } of Object.values(commands)) expect(describeCommands()).toContain(`palabre ${usage}`)
})
