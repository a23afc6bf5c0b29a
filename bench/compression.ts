// What compression costs and saves, in bytes on the wire and in the server's CPU: none, ours (once for all receivers,
// decision 0010) and the WebSocket's own (once for each). Bodies are this repository's prose, which does not repeat
// itself. Only ratios count. Receivers count bytes and inflate nothing; the server is all that is measured.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { INFLATES } from '@palabre/protocol'
import { v7 } from 'uuid'
import { percentile, type Row } from './figures.ts'
import { openLight, type Light } from './light.ts'
import { start, type Measured } from './process.ts'
import { api, openGroup, registerPeople, type Account } from './world.ts'

const port = 4_804
const sizes = [300, 2_000, 20_000]
const sources = [
  'docs/protocol.md',
  'docs/security.md',
  'docs/architecture.md',
  'docs/testing.md',
  'docs/operating.md',
]
const forms = ['off', 'ours', 'its own'] as const
type Form = (typeof forms)[number]

interface Cost {
  bytes: number
  cpuUs: number
}

export interface CompressionOptions {
  server: string[]
  root: string
  receivers: number
  messages: number
  conversations: number
}

export async function benchCompression(options: CompressionOptions): Promise<Row[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'palabre-compression-'))
  const prose = sources
    .map((path) => readFileSync(join(options.root, path), 'utf8').replaceAll(/\s+/g, ' '))
    .join(' ')
  const textOf = (length: number, turn: number) => {
    const from = (turn * 7_919) % (prose.length - length)
    return prose.slice(from, from + length)
  }
  const startServer = (own: 'on' | 'off') =>
    start(options.server, port, {
      DATA_DIR: dataDir,
      HOST: '127.0.0.1',
      RATE_LIMITS: 'off',
      PASSWORD_COST: 'light',
      LOG_LEVEL: 'error',
      NODE_ENV: 'production',
      PER_MESSAGE_DEFLATE: own,
    })
  let server = await startServer('off')
  try {
    console.log(
      `compression: a group of ${options.receivers + 1}, and a person with ${options.conversations} conversations`,
    )
    const people = await registerPeople(api(server.url), options.receivers + 1)
    const group = await openGroup(api(server.url), people, 'Compression')
    await fill(server, people, options.conversations, textOf)
    const events = new Map<string, Cost>()
    const answers = new Map<Form, Cost & { p50: number }>()
    for (const form of forms) {
      if (form === 'its own') {
        await server.stop()
        server = await startServer('on')
      }
      for (const size of sizes) {
        const cost = await broadcast(server, people, group, form, options.messages, (turn) =>
          textOf(size, turn),
        )
        events.set(`${form} ${size}`, cost)
      }
      answers.set(form, await answersOf(server, people[1]!, form))
    }
    return [
      ...sizes.flatMap((size) =>
        rowsOf(`${size} characters to ${options.receivers}`, 'delivery', (form) =>
          events.get(`${form} ${size}`)!,
        ),
      ),
      ...rowsOf('first sync', 'answer', (form) => answers.get(form)!),
      row(
        'first sync: time, p50',
        forms.map((form) => `${answers.get(form)!.p50.toFixed(0)} ms`).join(' / '),
      ),
    ]
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

const authOf = (person: Account, form: Form) =>
  form === 'ours' ? { ...person.auth, inflates: INFLATES } : person.auth

async function broadcast(
  server: Measured,
  people: Account[],
  conversationId: string,
  form: Form,
  messages: number,
  textAt: (turn: number) => string,
): Promise<Cost> {
  let heard = 0
  const receivers: Light[] = []
  for (const person of people.slice(1)) {
    receivers.push(
      await openLight({
        url: server.url,
        auth: authOf(person, form),
        offersDeflate: form === 'its own',
        onEvent: () => heard++,
      }),
    )
  }
  const sender = await openLight({ url: server.url, auth: people[0]!.auth })
  for (const one of [sender, ...receivers]) await one.ask('get_me', {})
  const say = async (turn: number) => {
    const due = heard + receivers.length
    await sender.ask('send_message', {
      conversationId,
      id: v7(),
      kind: 'text',
      body: { text: textAt(turn) },
      sentAt: Date.now(),
    })
    while (heard < due) await wait(1)
  }
  for (let turn = 0; turn < 5; turn++) await say(turn)
  const bytesOf = () => receivers.reduce((sum, one) => sum + one.bytesRead(), 0)
  const [cpu, bytes] = [server.cpuMs(), bytesOf()]
  for (let turn = 5; turn < 5 + messages; turn++) await say(turn)
  const deliveries = messages * receivers.length
  const cost = {
    bytes: (bytesOf() - bytes) / deliveries,
    cpuUs: ((server.cpuMs() - cpu) * 1_000) / deliveries,
  }
  for (const one of [sender, ...receivers]) one.close()
  return cost
}

/** Conversations of the second person with the third, fifty messages in each. */
async function fill(
  server: Measured,
  people: Account[],
  conversations: number,
  textOf: (length: number, turn: number) => string,
): Promise<void> {
  const [, , third] = people
  const sender = await openLight({ url: server.url, auth: third!.auth })
  for (let n = 0; n < conversations; n++) {
    const conversationId = await openGroup(api(server.url), people.slice(1, 3), `Conversation ${n}`)
    await Promise.all(
      Array.from({ length: 50 }, (_, turn) =>
        sender.ask('send_message', {
          conversationId,
          id: v7(),
          kind: 'text',
          body: { text: textOf(20 + ((turn * 37 + n) % 180), turn + n * 50) },
          sentAt: Date.now(),
        }),
      ),
    )
  }
  sender.close()
}

async function answersOf(server: Measured, person: Account, form: Form): Promise<Cost & { p50: number }> {
  const asker = await openLight({
    url: server.url,
    auth: authOf(person, form),
    offersDeflate: form === 'its own',
  })
  const times: number[] = []
  const ask = async () => {
    const at = performance.now()
    await asker.ask('sync', { conversations: {}, account: 0 })
    times.push(performance.now() - at)
  }
  for (let turn = 0; turn < 3; turn++) await ask()
  times.length = 0
  const [cpu, bytes] = [server.cpuMs(), asker.bytesRead()]
  const turns = 20
  for (let turn = 0; turn < turns; turn++) await ask()
  const cost = {
    bytes: (asker.bytesRead() - bytes) / turns,
    cpuUs: ((server.cpuMs() - cpu) * 1_000) / turns,
    p50: percentile(times, 0.5),
  }
  asker.close()
  return cost
}

/** Off / ours / its own; the ratio is ours to off. */
function rowsOf(what: string, each: string, costOf: (form: Form) => Cost): Row[] {
  const all = (show: (cost: Cost) => string) => forms.map((form) => show(costOf(form))).join(' / ')
  const [off, ours] = [costOf('off'), costOf('ours')]
  const bytes = ours.bytes / off.bytes
  const cpu = ours.cpuUs / off.cpuUs
  const cpuText = (us: number) => (us < 1_000 ? `${us.toFixed(1)} µs` : `${(us / 1_000).toFixed(1)} ms`)
  return [
    {
      ...row(
        `${what}: bytes a ${each}`,
        all((cost) => cost.bytes.toFixed(0)),
      ),
      ratio: `${bytes.toFixed(2)}×`,
    },
    {
      ...row(
        `${what}: CPU a ${each}`,
        all((cost) => cpuText(cost.cpuUs)),
      ),
      ratio: `${cpu.toFixed(2)}×`,
    },
  ]
}

function row(what: string, palabre: string): Row {
  return { what: `off / ours / its own: ${what}`, relay: '', palabre, ratio: '', target: '', met: null }
}
