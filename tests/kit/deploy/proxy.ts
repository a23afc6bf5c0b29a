// The reverse proxies that the operator's page describes, as programs on loopback: each runs the very file in `deploy/`,
// with only its addresses, its certificate and the node's port replaced.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, root } from '../server.ts'
import { eventually } from '../wait.ts'

export const proxies = ['nginx', 'haproxy', 'caddy'] as const
export type ProxyName = (typeof proxies)[number]

export interface TestProxy {
  readonly url: string
  /** Where it sends people on to `url`; null where that is not in its file. */
  readonly plainUrl: string | null
  /** Its certificate, which is its own authority. */
  readonly ca: string
  stop(): Promise<void>
}

interface Place {
  folder: string
  ports: { plain: number; encrypted: number; node: number }
  cert: string
  key: string
}

/** How to run each: what to write where, and the command. @throws when its file no longer has what is replaced */
const arrangements: Record<ProxyName, (place: Place) => { command: string; args: string[]; env?: object }> = {
  nginx({ folder, ports, cert, key }) {
    const site = replaced('deploy/nginx/palabre.conf', [
      [/^ *listen \[::\].*\n/gmu, ''],
      [/listen 80;/u, `listen 127.0.0.1:${ports.plain};`],
      [/listen 443 ssl http2;/u, `listen 127.0.0.1:${ports.encrypted} ssl http2;`],
      [/\/etc\/letsencrypt\/\S+fullchain\.pem/u, cert],
      [/\/etc\/letsencrypt\/\S+privkey\.pem/u, key],
      [/127\.0\.0\.1:3000/gu, `127.0.0.1:${ports.node}`],
      [/https:\/\/\$host\$/u, `https://$host:${ports.encrypted}$`],
      // The port is part of the name here.
      [/Host \$host;/u, 'Host $http_host;'],
    ])
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join(' ')
    const all = `daemon off; user root; pid ${folder}/pid; error_log stderr; worker_processes 1;
events {} http { access_log off; ${temporary} ${site} }`
    return { command: 'nginx', args: ['-p', folder, '-c', written(folder, 'nginx.conf', all)] }
  },
  haproxy({ folder, ports, cert, key }) {
    const both = written(folder, 'both.pem', readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'))
    const all = replaced('deploy/haproxy/palabre.cfg', [
      [/bind :80\b/u, `bind 127.0.0.1:${ports.plain}`],
      [/bind :443 ssl crt \S+/u, `bind 127.0.0.1:${ports.encrypted} ssl crt ${both}`],
      [/127\.0\.0\.1:3000/gu, `127.0.0.1:${ports.node}`],
      [/maxconn 40000/u, 'maxconn 100'],
    ])
    return { command: 'haproxy', args: ['-db', '-f', written(folder, 'haproxy.cfg', all)] }
  },
  caddy({ folder, ports, cert, key }) {
    const all = replaced('deploy/caddy/Caddyfile', [
      [/admin off/u, `admin off\n\tauto_https disable_redirects`],
      [/respond \/metrics/u, `tls ${cert} ${key}\n\trespond /metrics`],
    ])
    const env = {
      PALABRE_DOMAIN: `https://localhost:${ports.encrypted}`,
      PALABRE_NODES: `127.0.0.1:${ports.node}`,
      HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
    }
    const args = ['run', '--adapter', 'caddyfile', '--config', written(folder, 'Caddyfile', all)]
    return { command: 'caddy', args, env }
  },
}

/** A port for the proxy, known before the node that must say its own address. */
export const proxyPort = freePort

/** Resolves when it answers. @throws when the program is not there or does not take its file */
export async function startProxy(name: ProxyName, encrypted: number, node: number): Promise<TestProxy> {
  const folder = mkdtempSync(join(tmpdir(), `palabre-${name}-`))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', key, '-out', cert]
  execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '1', ...made, ...subject], { stdio: 'ignore' })
  mkdirSync(join(folder, 'logs'))
  const plain = await freePort()
  const place = { folder, cert, key, ports: { plain, encrypted, node } }
  const { command, args, env } = arrangements[name](place)
  const child = spawn(command, args, {
    // Debian keeps them where only root's PATH leads.
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  let ending: string | null = null
  child.once('error', (error) => (ending = error.message))
  const ended = new Promise<void>((done) => {
    child.once('close', (code) => {
      ending ??= `it ended with ${code}`
      done()
    })
  })
  const abandon = () => void child.kill('SIGKILL')
  process.once('exit', abandon)

  async function stop(): Promise<void> {
    process.off('exit', abandon)
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }

  const ca = readFileSync(cert, 'utf8')
  const url = `https://localhost:${encrypted}`
  try {
    await eventually(
      async () => {
        if (ending !== null) throw new Error(`${name}: ${ending}\n${output}`)
        const answer = await askEncrypted(`${url}/healthz`, { ca }).catch(() => null)
        return answer?.status === 200 ? true : undefined
      },
      () => `${name} hands requests on:\n${output}`,
    )
  } catch (error) {
    await stop()
    throw error
  }
  return { url, plainUrl: name === 'caddy' ? null : `http://localhost:${plain}`, ca, stop }
}

export interface EncryptedAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** One request to who has that certificate. */
export function askEncrypted(
  url: string,
  {
    ca,
    method = 'GET',
    headers = {},
    body,
  }: { ca: string; method?: string; headers?: Record<string, string>; body?: unknown },
): Promise<EncryptedAnswer> {
  const content = body === undefined ? undefined : JSON.stringify(body)
  const type: Record<string, string> = content === undefined ? {} : { 'Content-Type': 'application/json' }
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, ca, headers: { ...type, ...headers } }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      )
    })
    asked.once('error', reject)
    asked.end(content)
  })
}

function replaced(path: string, changes: [RegExp, string][]): string {
  let text = readFileSync(join(root, path), 'utf8')
  for (const [from, to] of changes) {
    if (text.search(from) === -1) throw new Error(`${path} has nothing like ${from.source}`)
    text = text.replace(from, () => to)
  }
  return text
}

function written(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text, { mode: 0o600 })
  return path
}
