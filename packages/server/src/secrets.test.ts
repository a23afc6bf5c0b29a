// Keys that several nodes make at the same moment, each in a process of its own.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'palabre-secrets-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const nodes = 4
const folders = 20

/** Says it is ready, waits for the start, then opens the keys of one empty folder after the other. */
const opener = `
  import { createHash } from 'node:crypto'
  import { existsSync, writeFileSync } from 'node:fs'
  import { openSecrets } from '${join(import.meta.dirname, 'secrets.ts')}'
  const folder = process.argv[1]
  writeFileSync(folder + '/ready-' + process.pid, '')
  while (!existsSync(folder + '/go')) {}
  const opened = []
  for (let number = 0; number < ${folders}; number++) {
    const keysDir = folder + '/keys-' + number
    const { tokenKeys, refreshKey, vapid, inviteHash } = openSecrets({ keysDir, inviteDir: keysDir, wantsInvite: true })
    const all = JSON.stringify([tokenKeys, refreshKey, vapid, inviteHash])
    opened.push(createHash('sha256').update(all).digest('base64').slice(0, 8))
  }
  process.stdout.write(opened.join(' '))
`

function open(): Promise<string> {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', opener, folder]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((done) => child.once('close', () => done(output)))
}

test('nodes that start at once on an empty shared folder agree on one set of keys', async () => {
  const outputs = Promise.all(Array.from({ length: nodes }, open))
  await expect
    .poll(() => readdirSync(folder).filter((name) => name.startsWith('ready-')).length, { timeout: 25_000 })
    .toBe(nodes)
  writeFileSync(join(folder, 'go'), '')
  const [first = '', ...others] = await outputs
  expect(first.split(' ')).toHaveLength(folders)
  for (const other of others) expect(other).toBe(first)
  const left = readdirSync(join(folder, 'keys-0')).sort()
  expect(left).toEqual(['invite-code', 'refresh.key', 'token-keys.json', 'vapid.json'])
}, 60_000)
