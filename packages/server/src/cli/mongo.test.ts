// The operator's commands on a MongoDB store, from backup to doctor, and what they say.
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createDatabases } from '../../../../tests/kit/databases.ts'
import { absenceOf } from '../../../../tests/kit/stores.ts'
import { readTar } from '../backup/tar.ts'
import { allOf, group, person, say, upTo } from '../store/contract/kit.ts'
import { openMongoStore } from '../store/mongo/open.ts'
import { commands, runCommand } from './commands.ts'

const folder = mkdtempSync(join(tmpdir(), 'palabre-mongo-commands-'))
const databases = createDatabases()

const written: string[] = []
for (const stream of [process.stdout, process.stderr])
  vi.spyOn(stream, 'write').mockImplementation((text) => {
    written.push(String(text))
    return true
  })
beforeEach(() => {
  written.length = 0
})

/** Runs a command on the store of a place; null: on none. */
async function palabre(place: string | null, name: string, ...args: string[]) {
  const command = commands[name]
  if (command === undefined) throw new Error(`there is no ${name}`)
  written.length = 0
  const env = {
    DATA_DIR: join(folder, 'data'),
    ...(place !== null && { MONGODB_URL: databases.urlOf(place) }),
  }
  const code = await runCommand(command, args, env)
  return { code, says: written.join('') }
}

describe.skipIf(absenceOf('mongo'))('on MongoDB', { timeout: 120_000 }, () => {
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await databases.drop()
  })

  test('[SYNC-7] a store is backed up while it is used, verified without one, restored elsewhere, and looked over', async () => {
    const store = await openMongoStore({ url: databases.urlOf('used') })
    const alice = await person(store, 'Alice')
    const id = await group(store, alice, [])
    await Promise.all(upTo(30).map((number) => say(store, alice, id, `n ${number}`)))
    const file = join(folder, 'used.tar')
    expect(await palabre('used', 'backup', file)).toMatchObject({
      code: 0,
      says: expect.stringContaining('31 messages in 1 conversations of 1 people') as string,
    })
    const tar = readTar(createReadStream(file))
    const names: string[] = []
    for (let entry = await tar.next(); entry !== null; entry = await tar.next()) {
      names.push(entry.name)
      for await (const _ of tar.body());
    }
    expect(names).toEqual(['manifest.json', 'manifest.json.sha256', 'store.jsonl', 'media.json'])

    expect(await palabre(null, 'verify', file)).toMatchObject({
      code: 0,
      says: expect.stringContaining('nothing is wrong') as string,
    })
    expect((await palabre('used', 'doctor')).code).toBe(0)
    expect((await palabre('used', 'people', 'list')).says).toContain('  Alice  ')
    expect(JSON.parse((await palabre('used', 'storage', '--json')).says)).toMatchObject({ heaviest: [] })
    expect((await palabre('used', 'audit')).says).toBe('Nothing was done yet.\n')
    await store.close()
    const refused = await palabre('used', 'restore', file)
    expect(refused).toMatchObject({ code: 1, says: expect.stringContaining('name another one') as string })

    const restored = await palabre('elsewhere', 'restore', file)
    expect(restored).toMatchObject({ code: 0, says: expect.stringContaining('Everybody signs in') as string })
    expect((await palabre('elsewhere', 'doctor', '--repair')).code).toBe(0)
    const after = await openMongoStore({ url: databases.urlOf('elsewhere') })
    expect(after.epoch).not.toBe(store.epoch)
    expect(await allOf(after, id)).toHaveLength(31)
    await after.close()
    expect(readdirSync(folder).sort()).toEqual(['data', 'used.tar'])
  })

  test('a backup of the other engine is not restored, and is told how it could be', async () => {
    const store = await openMongoStore({ url: databases.urlOf('other') })
    await person(store)
    await store.close()
    const file = join(folder, 'other.tar')
    await palabre('other', 'backup', file)
    const { code, says } = await palabre(null, 'restore', file)
    expect(code).toBe(1)
    expect(says).toMatch(/a store in MongoDB: set MONGODB_URL, .*palabre migrate/u)
  })

  test('a store that is not there is said in a sentence', async () => {
    expect(await palabre('nothing', 'doctor')).toEqual({
      code: 1,
      says: 'There is no store in that database.\n',
    })
    expect((await palabre('nothing', 'backup', join(folder, 'none.tar'))).says).toBe(
      'There is no store in that database.\n',
    )
  })

  test('[SEC-25] what cannot be reached is told without its password', async () => {
    const command = commands['doctor']
    const env = { MONGODB_URL: 'mongodb://somebody:a-secret@127.0.0.1:1/palabre' }
    expect(await command?.run({ file: '', words: [], options: {}, env })).toBe(1)
    expect(written.join('')).toMatch(/^[^\n]+\n$/u)
    expect(written.join('')).not.toContain('a-secret')
  })
})
