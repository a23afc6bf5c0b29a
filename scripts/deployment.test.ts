// What an operator starts from, without an engine for containers: compose.yaml, the Dockerfile and the files that they
// mount fit the program and each other.
import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeConfig } from '../packages/server/src/settings.ts'
import { at, listOf, mapOf, readYaml, wordOf, type Plain } from '../tests/kit/deploy/plain-yaml.ts'
import { eventually } from '../tests/kit/wait.ts'
import { isThere, listFiles, readText, root } from './tree.ts'

const compose = mapOf(readYaml(readText('compose.yaml')))
const services = mapOf(compose['services'])
/** With what they take over from an anchor. */
const whole = (service: Plain | undefined): Record<string, Plain> => {
  const anchor = /^\*(\w+)$/u.exec(wordOf(service) || wordOf(mapOf(service)['<<']))
  const taken = anchor?.[1] === undefined ? {} : whole(compose[`x-${anchor[1]}`])
  return { ...taken, ...mapOf(service) }
}
const all = Object.entries(services).map(([name, service]) => ({ name, service: whole(service) }))
const ours = all.filter(({ service }) => service['build'] !== undefined)
const dockerfile = readText('Dockerfile')

test('the containers of this program are set by settings that it has', () => {
  const settings = new Set(
    describeConfig()
      .match(/^ {2}[A-Z][A-Z0-9_]+/gmu)
      ?.map((name) => name.trim()),
  )
  expect(ours.map(({ name }) => name)).toEqual(['palabre', 'node-1', 'node-2', 'node-3'])
  for (const { service } of ours)
    for (const name of Object.keys(mapOf(service['environment']))) expect([...settings]).toContain(name)
  for (const [, name = ''] of dockerfile.matchAll(/\b(HOST|PORT|DATA_DIR)=/gu))
    expect([...settings]).toContain(name)
})

test('every image is one version, and what we build upon is one image', () => {
  for (const { service } of all)
    expect(wordOf(service['image'])).toMatch(/^[\w./-]+:\d+\.\d+(\.\d+)?(-\w+)?$/u)
  expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-bookworm-slim@sha256:[0-9a-f]{64}$/mu)
  for (const [, image = ''] of dockerfile.matchAll(/^FROM (\S+)/gmu))
    expect(image).toMatch(/^(\$\{NODE_IMAGE\}|wanted|compiled)$/u)
})

test('only people’s way in is published; of one container alone, to this machine', () => {
  const published = all.filter(({ service }) => service['ports'] !== undefined).map(({ name }) => name)
  expect(published).toEqual(['palabre', 'proxy'])
  for (const port of listOf(services['palabre'] && mapOf(services['palabre'])['ports']))
    expect(port).toMatch(/^127\.0\.0\.1:/u)
  expect(at(compose, 'networks', 'inside')).toBe('{ internal: true }')
  for (const name of ['mongodb', 'redis', 's3', 's3-bucket'])
    expect(mapOf(services[name])['networks']).toEqual(['inside'])
})

test('nothing but the one container starts by itself', () => {
  const byItself = all.filter(({ service }) => service['profiles'] === undefined).map(({ name }) => name)
  expect(byItself).toEqual(['palabre'])
})

test('the program can change nothing but its data, and has no rights of a system', () => {
  for (const { service } of ours)
    expect(service).toMatchObject({
      read_only: 'true',
      init: 'true',
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    })
  const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '))
  expect(last).toMatch(/^USER \d+:\d+$/mu)
  expect(last).not.toMatch(/apt-get|npm |ADD |curl|wget/u)
  expect(last).toMatch(/^STOPSIGNAL SIGTERM$/mu)
  expect(last).toMatch(/HEALTHCHECK[^\n]*\\\n +CMD \["node", "-e", "fetch\(`[^`]*\/healthz`/u)
  expect(last).toMatch(/^ENTRYPOINT \["node", "--disable-proto=delete"/mu)
})

test('the image knows every package, and runs no install script that is not allowed', () => {
  for (const path of listFiles('packages', /^packages\/[^/]+\/package\.json$/u))
    expect(dockerfile).toContain(`COPY ${path} ${path.replace('package.json', '')}`)
  const { allowScripts } = JSON.parse(readText('package.json')) as { allowScripts: Record<string, true> }
  for (const [, name = ''] of dockerfile.matchAll(/npm rebuild .*?([\w-]+)$/gmu))
    expect(Object.keys(allowScripts)).toContain(name)
  for (const [install] of dockerfile.matchAll(/npm ci.*/gu)) expect(install).toContain('--ignore-scripts')
})

test('what is mounted is there', () => {
  const mounted = all
    .flatMap(({ service }) => listOf(service['volumes']).map(wordOf))
    .filter((path) => path.startsWith('./'))
  expect(mounted.length).toBeGreaterThan(2)
  for (const path of mounted) expect(isThere(path.split(':')[0] ?? '')).toBe(true)
  expect(statSync(join(root, 'deploy/redis/start.sh')).mode & 0o111).toBe(0o111)
})

test('[SEC-23] the Redis of the containers lets one user in, who may do what a node does and no more', async () => {
  const port = await freePort()
  const start = (env: Record<string, string>) =>
    spawn(join(root, 'deploy/redis/start.sh'), ['--port', String(port), '--bind', '127.0.0.1'], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: 'ignore',
    })
  const refused = start({})
  expect(await new Promise((done) => refused.once('exit', done))).not.toBe(0)

  const redis = start({ REDIS_PASSWORD: 'a pass$word' })
  const ended = new Promise((done) => redis.once('exit', done))
  try {
    const stranger = await eventually(() => said(port, ['PING']).catch(() => undefined), 'Redis answers')
    expect(stranger).toMatch(/^-NOAUTH/u)
    const asNode = (...command: string[]) => said(port, ['AUTH', 'palabre', 'a pass$word'], command)
    expect(await asNode('SET', 'palabre:some', '1')).toMatch(/^\+OK/u)
    expect(await asNode('SPUBLISH', 'palabre#/#some', '1')).toMatch(/^:0/u)
    for (const command of [
      ['SET', 'other', '1'],
      ['KEYS', '*'],
      ['FLUSHALL'],
      ['CONFIG', 'GET', '*'],
      ['ACL', 'LIST'],
    ])
      expect(await asNode(...command)).toMatch(/^-NOPERM/u)
    expect(await said(port, ['AUTH', 'default', 'a pass$word'])).toMatch(/^-WRONGPASS/u)
  } finally {
    redis.kill('SIGKILL')
    await ended
  }
})

/** The last answer to these commands. */
function said(port: number, ...commands: string[][]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.once('error', reject)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const answers = text.split('\r\n').filter((line) => line !== '')
      if (answers.length < commands.length) return
      socket.destroy()
      resolve(answers.at(-1) ?? '')
    })
    const words = (command: string[]) =>
      `*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
    socket.write(commands.map(words).join(''))
  })
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done))
  const { port } = probe.address() as AddressInfo
  await new Promise((done) => probe.close(done))
  return port
}
