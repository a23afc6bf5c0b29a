// What stands before several nodes: HAProxy from PATH, on a free port of loopback. It asks each node's /readyz, so that a
// node that dies or drains gets nothing new; WebSockets go to whoever has the fewest, requests in turn to everybody, and
// long-polling stays with the node that it began with, by a cookie. The same arrangement is in docs/operating.md.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../wait.ts'

/** A node as it is named in the configuration. */
export interface BalancedNode {
  readonly name: string
  readonly port: number
}

export interface Balancer {
  readonly url: string
  readonly port: number
  /** Resolves when exactly these get new connections. */
  serves(...names: string[]): Promise<void>
  /** Nothing new for that node, whatever it says of itself, until `restore`. */
  bar(name: string): Promise<void>
  restore(name: string): Promise<void>
  close(): Promise<void>
}

const checkEveryMs = 200
/** A store that is slow is not gone. */
const checkTimeoutMs = 3_000
export const stickyCookie = 'palabre_node'

/**
 * Resolves when it runs and has found every node ready. `port`: where it listens; known before the nodes are, which are
 * told how people reach them.
 */
export async function startBalancer(port: number, nodes: readonly BalancedNode[]): Promise<Balancer> {
  const folder = await mkdtemp(join(tmpdir(), 'palabre-balancer-'))
  const file = join(folder, 'haproxy.cfg')
  const admin = join(folder, 'admin.sock')
  await writeFile(file, configuration(port, admin, nodes))
  let output = ''
  let failure: Error | null = null
  const child: ChildProcess = spawn('haproxy', ['-db', '-f', file], {
    // Debian keeps it where only root's PATH leads.
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.once('error', (error) => (failure = error))
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const abandon = () => void child.kill('SIGKILL')
  process.once('exit', abandon)

  /** Those that get requests now. */
  async function served(): Promise<string[]> {
    const rows = (await command(admin, 'show stat -1 4 -1')).split('\n').map((row) => row.split(','))
    const status = rows[0]?.indexOf('status') ?? -1
    return rows
      .filter((row) => row[0] === 'requests' && row[status]?.startsWith('UP') === true)
      .flatMap((row) => row[1] ?? [])
      .sort()
  }

  async function serves(...names: string[]): Promise<void> {
    const wanted = [...names].sort().join(' ')
    let found = ''
    await eventually(
      async () => {
        if (failure !== null) throw new Error('there is no haproxy on PATH', { cause: failure })
        if (child.exitCode !== null) throw new Error(`haproxy ended with ${child.exitCode}:\n${output}`)
        found = (await served().catch(() => [])).join(' ')
        return found === wanted ? true : undefined
      },
      () => `the balancer serves ${wanted} (it serves ${found || 'nobody'})`,
    )
  }

  const each = async (name: string, state: 'drain' | 'ready') => {
    for (const backend of ['requests', 'sockets', 'polling'])
      await command(admin, `set server ${backend}/${name} state ${state}`)
  }

  async function close(): Promise<void> {
    process.off('exit', abandon)
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const ended = new Promise((done) => child.once('exit', done))
      child.kill('SIGKILL')
      await ended
    }
    await rm(folder, { recursive: true, force: true })
  }

  try {
    await serves(...nodes.map(({ name }) => name))
  } catch (error) {
    await close()
    throw error
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    serves,
    bar: (name) => each(name, 'drain'),
    restore: (name) => each(name, 'ready'),
    close,
  }
}

/** One command of HAProxy's own; answers what it says. */
function command(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const socket = connect(path, () => socket.end(`${line}\n`))
    socket.on('data', (chunk) => (said += chunk.toString()))
    socket.once('error', reject)
    socket.once('end', () => resolve(said))
  })
}

function configuration(port: number, admin: string, nodes: readonly BalancedNode[]): string {
  const servers = (more: (name: string) => string) =>
    nodes.map(({ name, port: at }) => `  server ${name} 127.0.0.1:${at} ${more(name)}`).join('\n')
  return `
global
  maxconn 2000
  stats socket ${admin} mode 600 level admin

defaults
  mode http
  timeout connect 2s
  timeout client 75s
  timeout server 75s
  timeout tunnel 1h
  timeout http-request 15s
  timeout check ${checkTimeoutMs}ms
  # A node that has just gone: to another one. Only what it has not got yet is sent again.
  retries 3
  option redispatch 1
  retry-on conn-failure
  option http-server-close
  option forwardfor

frontend people
  bind 127.0.0.1:${port}
  acl is_socket path_beg /socket.io/
  # Long-polling, and what continues it.
  acl polls urlp(transport) polling
  acl continues urlp(sid) -m found
  use_backend polling if is_socket polls
  use_backend polling if is_socket continues
  use_backend sockets if is_socket
  default_backend requests

backend requests
  balance roundrobin
  option httpchk GET /readyz
  default-server inter ${checkEveryMs}ms fastinter ${checkEveryMs}ms downinter ${checkEveryMs}ms fall 3 rise 1
${servers(() => 'check')}

backend sockets
  balance leastconn
${servers((name) => `track requests/${name}`)}

backend polling
  balance leastconn
  cookie ${stickyCookie} insert indirect nocache httponly
${servers((name) => `track requests/${name} cookie ${name}`)}
`
}
