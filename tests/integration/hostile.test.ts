// Hostile input to every operation, over HTTP and socket: a coded error, never an INTERNAL, nobody else's words
// in the answer; the server keeps running, and two honest people still talk. Replay with SEED.
import { beforeAll, expect, test } from 'vitest'
import fc from 'fast-check'
import { isErrorCode, operations, type OperationName } from '@palabre/protocol'
import { inputsOf, type Pools } from '../kit/arbitrary.ts'
import {
  directOf,
  groupOf,
  newMessageId,
  send,
  someConversationId,
  someSessionId,
  someUserId,
} from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { register, type Person } from '../kit/people.ts'
import { givenSeed } from '../kit/random.ts'
import { askHttp, askHttpRaw, encoded, openSocket, requestOf, type WireSocket } from '../kit/wire.ts'
import { useProcessWorld } from '../kit/world.ts'

const seed = givenSeed()
/** Inputs an operation; those that hash a password cost a tenth of a second each. */
const runs = 20
const costly: Partial<Record<OperationName, number>> = {
  register: 15,
  login: 20,
  logout: 6,
  deleteMe: 10,
  endOtherSessions: 10,
  prove: 8,
  changePassword: 8,
  resetPassword: 8,
}
const canary = 'the canary sings at dawn'

onEachStore(`on %s, SEED=${seed}`, { isLong: true }, (store) => {
  const world = useProcessWorld(store)
  let pid: number
  let alice: Person, bob: Person
  let secret: Pools[string]

  beforeAll(async () => {
    const { url } = world.server
    ;[alice, bob] = await Promise.all([register(url, 'alice'), register(url, 'bob')])
    pid = world.server.pid
    const conversationId = await directOf(alice, bob)
    const { id } = await send(alice, conversationId, canary)
    secret = [conversationId, id]
  })

  /** One who signs in again when what was sent has signed them out. */
  async function mallory() {
    const { url } = world.server
    const person = await register(url, 'mallory')
    let { token } = person
    let socket: WireSocket | null = null
    return {
      person,
      async token() {
        const me = await askHttp(url, 'getMe', {}, token)
        if (me.ok) return token
        const { username, password } = person
        const again = await askHttp(url, 'login', { username, password, tokens: 'body', stay: true })
        if (!again.ok) throw new Error(`mallory is shut out: ${JSON.stringify(again)}`)
        token = again.output.accessToken
        return token
      },
      async socket() {
        if (socket?.socket.connected !== true) socket = await openSocket(url, await this.token())
        return socket
      },
      close: () => socket?.close(),
    }
  }

  test.each(Object.keys(operations) as OperationName[])(
    '[SEC-10] [SEC-24] %s answers whatever it is asked with a code',
    { timeout: 120_000 },
    async (name) => {
      const { url } = world.server
      // Some inputs report damage that never was.
      world.spoils()
      const attacker = await mallory()
      const conversationId = await groupOf(attacker.person, bob)
      const message = await send(attacker.person, conversationId, 'bait')
      const [theirs = '', theirMessage = ''] = secret ?? []
      const pools: Pools = {
        conversationId: [conversationId, theirs, someConversationId()],
        only: [conversationId, theirs],
        id: [message.id, theirMessage, newMessageId()],
        replyTo: [message.id, theirMessage, newMessageId()],
        userId: [attacker.person.id, alice.id, bob.id, someUserId()],
        memberId: [alice.id, bob.id, someUserId()],
        mention: [bob.id, alice.id],
        sessionId: [alice.sessionId, someSessionId()],
        username: [attacker.person.username, alice.username, 'someone.new'],
        password: [attacker.person.password, 'a guess of mine'],
        refreshToken: [alice.refreshToken.slice(0, -2), 'x.1.y'],
      }

      await fc.assert(
        fc.asyncProperty(inputsOf(name, pools), async (input) => {
          const token = await attacker.token()
          // Node itself refuses a request whose head is that long, before anything of ours (see http.test.ts).
          fc.pre(headLength(name, input) < 8_000)
          // With nothing in its place a path is that of another operation.
          fc.pre(!hasEmptyPart(name, input))
          const answer = await askHttpRaw(url, name, input, { token })
          checkHttp(name, answer.status, answer.json, answer.text)
          const event = operations[name].socket
          if (event === null) return
          const socket = await attacker.socket()
          const gone = new Promise<null>((done) => socket.socket.once('disconnect', () => done(null)))
          const acknowledgement = await Promise.race([socket.emit(event, input), gone])
          // What is nested too deeply never becomes a packet: the socket is closed instead (SEC-12).
          if (acknowledgement === null) return
          const answered = acknowledgement as { ok: boolean; error?: { code: string } }
          checkAcknowledgement(name, answered)
          // One place parses for both ways; a query and a path hold nothing but text.
          const isBody = !/^(GET|DELETE)/.test(operations[name].http) && isTextPath(name, input)
          if (isBody && codeOf(answer.json) === 'INVALID') expect(answered.error?.code).toBe('INVALID')
        }),
        { seed, numRuns: costly[name] ?? runs, endOnFailure: true },
      )

      attacker.close()
      expect(world.server.pid).toBe(pid)
      expect(world.server.output()).not.toMatch(/"INTERNAL"|failed unexpectedly|unhandled|uncaught/i)
      await honestTalk()
    },
  )

  async function honestTalk() {
    const socket = await bob.socket()
    const { id } = await send(alice, await directOf(alice, bob), 'still there?')
    await socket.hears('receive_message', ({ message }: { message: { id: string } }) => message.id === id)
    socket.close()
  }
})

function checkHttp(name: OperationName, status: number, json: unknown, text: string): void {
  expect(text).not.toContain(canary)
  if (status < 300) {
    expect(operations[name].output.safeParse(json)).toMatchObject({ success: true })
    return
  }
  expect([status < 500, json]).toEqual([true, json])
  expect(isErrorCode(codeOf(json))).toBe(true)
}

function checkAcknowledgement(
  name: OperationName,
  acknowledgement: { ok: boolean; error?: { code: string } },
): void {
  expect(JSON.stringify(acknowledgement)).not.toContain(canary)
  const { ok, error, ...output } = acknowledgement
  if (ok) {
    expect(operations[name].output.safeParse(output)).toMatchObject({ success: true })
    return
  }
  expect(isErrorCode(error?.code)).toBe(true)
  expect(['INTERNAL', 'STORE_UNAVAILABLE']).not.toContain(error?.code)
}

const codeOf = (json: unknown) => (json as { code?: string } | undefined)?.code

/** Characters of the path and query. */
function headLength(name: OperationName, input: Record<string, unknown>): number {
  const { method, path, rest } = requestOf(name, input)
  return path.length + (/GET|DELETE/.test(method) ? encoded(JSON.stringify(rest)).length : 0)
}

function hasEmptyPart(name: OperationName, input: Record<string, unknown>): boolean {
  return requestOf(name, input).path.split('/').slice(1).includes('')
}

function isTextPath(name: OperationName, input: Record<string, unknown>): boolean {
  const parameters = [...operations[name].http.matchAll(/:(\w+)/g)].map(([, key]) => key as string)
  return parameters.every((key) => typeof input[key] === 'string')
}
