// A real Redis for tests, from PATH, on a free port of loopback, with nothing kept on disk but what a test wants: an ACL,
// a password, certificates.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface RedisServer {
  /** With user and password where it asks for them. */
  readonly url: string
  readonly port: number
  /** The certificate to trust; empty without TLS. */
  readonly ca: string
  /** It answers nobody, and closes nothing. */
  stall(): void
  goOn(): void
  kill(): Promise<void>
  /** After `kill`: empty, on the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface RedisServerOptions {
  password?: string
  /** Lines of an ACL file; `user` and `password` then go into the URL. */
  acl?: readonly string[]
  user?: string
  hasTls?: boolean
}

const waitMs = 10_000

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'palabre-redis-'))
  const port = await freePort()
  const { password, acl, user = '', hasTls = false } = options
  const given = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  if (acl !== undefined) {
    await writeFile(join(folder, 'users.acl'), `${acl.join('\n')}\n`)
    given.push('--aclfile', join(folder, 'users.acl'))
  } else if (password !== undefined) given.push('--requirepass', password)
  if (hasTls) {
    const file = (name: string) => join(folder, name)
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
        .concat(['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'])
        .concat(['-keyout', file('key.pem'), '-out', file('cert.pem')]),
      { stdio: 'ignore' },
    )
    given.push('--tls-port', String(port), '--port', '0', '--tls-auth-clients', 'no')
    given.push('--tls-cert-file', file('cert.pem'), '--tls-key-file', file('key.pem'))
  } else given.push('--port', String(port))
  let child: ChildProcess

  async function start() {
    child = spawn('redis-server', given, { stdio: 'ignore' })
    const until = Date.now() + waitMs
    while (!(await answers(port))) {
      if (Date.now() > until) throw new Error('redis-server does not answer')
    }
  }
  async function kill() {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((done) => child.once('exit', done))
    child.kill('SIGKILL')
    await ended
  }

  await start()
  const credentials = password === undefined ? '' : `${user}:${encodeURIComponent(password)}@`
  return {
    url: `${hasTls ? 'rediss' : 'redis'}://${credentials}127.0.0.1:${port}`,
    port,
    ca: hasTls ? await readFile(join(folder, 'cert.pem'), 'utf8') : '',
    stall: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    kill,
    restart: start,
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const done = (isThere: boolean) => {
      socket.destroy()
      if (isThere) resolve(true)
      else setTimeout(() => resolve(false), 20)
    }
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done))
  const { port } = probe.address() as AddressInfo
  await new Promise((done) => probe.close(done))
  return port
}
