// What is typed wrongly is said before anything is touched; what failed is one sentence.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
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
  expect(await command?.run({ file: '', options: {}, env: { STORE: 'paper' } })).toBe(1)
  expect(errors.mock.calls.join('')).toMatch(/^STORE is not valid/u)
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
