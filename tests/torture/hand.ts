// One device in a crew: the real client over a cache in a file, signed in by a session in a file, with a clock that can
// be wrong. It tells what it sees as steps of the history, and what it sees wrong at once (order, doubles, holes).
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createClient,
  type Cache,
  type Client,
  type ConversationListView,
  type StoredSession,
  type TimelineView,
} from '@palabre/client'
import type { ConversationId } from '@palabre/protocol'
import { openFileCache } from '../kit/file-cache.ts'
import { createRandom } from '../kit/random.ts'
import { eventually, observed } from '../kit/wait.ts'
import { keptOf, stateOf, type DeviceState, type Step } from './history.ts'
import type { DeviceOrder, Glance, Word } from './orders.ts'

export interface Hand {
  /** Of now: a reload makes a new one. */
  readonly client: Client
  readonly order: DeviceOrder
  tell(step: Step): void
  at(): number
  /** These were written here: what becomes of them is told. */
  follow(conversation: ConversationId, id: string): void
  reload(): Promise<void>
  setClock(ms: number): void
  glance(): Glance
  /** Everything it shows, paged back to the beginning, and what its cache keeps. */
  state(): Promise<DeviceState>
  stop(): Promise<void>
}

/** Before signing in is tried again. */
const signInEveryMs = 300
const signInWithinMs = 60_000

/** Opens it on what its folder holds; signs in where there is no session. Does not wait for the network. */
export async function openHand(order: DeviceOrder, say: (word: Word) => void): Promise<Hand> {
  const { name, user, folder } = order
  const random = createRandom(order.seed)
  const at = () => Date.now() - order.begunAt
  const tell = (step: Step) => say({ word: 'step', step })
  let clockMs = 0
  /** A view that was emptied begins another life: its marks start anew. */
  let life = 0
  const followed = new Map<string, string>()
  let stops: (() => void)[] = []
  let isStopped = false
  await mkdir(folder, { recursive: true })

  let cache: Cache | null = null

  const makeClient = () =>
    createClient({
      url: order.url,
      tokens: 'body',
      openCache: async (userId) => (cache = await openFileCache(folder, userId)),
      deviceName: name,
      sessionStorage: sessionFile(join(folder, 'session.json')),
      now: () => Date.now() + clockMs,
      random: random.next,
    })
  let client = makeClient()

  async function begin(): Promise<void> {
    const left = await openFileCache(folder, user)
    const { outbox } = await left.read()
    tell({ step: 'reloaded', at: at(), device: name, user })
    tell({ step: 'kept', at: at(), device: name, user, ...(await keptOf(left)) })
    await left.close()
    // Killed before it could tell: what it had written is in its outbox.
    for (const { conversationId, messageId, operation } of outbox) {
      const of = { at: at(), device: name, user, conversation: conversationId, id: messageId }
      if (operation.name === 'sendMessage') tell({ step: 'typed', ...of, text: operation.input.body.text })
      else if (operation.name === 'editMessage')
        tell({ step: 'changing', ...of, change: { edit: operation.input.body.text } })
      else if (operation.name === 'react')
        tell({ step: 'changing', ...of, change: { react: operation.input.emoji } })
      else tell({ step: 'changing', ...of, change: { delete: true } })
      if (operation.name === 'sendMessage') followed.set(messageId, conversationId)
    }
    life += 1
    watch()
    await client.start()
    if (client.me.get() === null) void signIn()
  }

  /** Until it is let in: servers come and go. */
  async function signIn(): Promise<void> {
    await eventually(
      async () => {
        if (isStopped || client.me.get() !== null) return true
        return client.auth.login({ username: order.username, password: order.password }).then(
          () => true,
          () => new Promise<undefined>((done) => setTimeout(() => done(undefined), signInEveryMs)),
        )
      },
      `${name} signs in`,
      signInWithinMs,
    ).catch((error: unknown) => say({ word: 'signedOut', device: name, code: String(error) }))
  }

  function watch(): void {
    const mine = client
    let wasLoaded = false
    const marks = new Map<string, string>()
    const timelines = new Set<ConversationId>()
    const look = (list: ConversationListView) => {
      if (wasLoaded && !list.isLoaded) {
        life += 1
        marks.clear()
      }
      wasLoaded = list.isLoaded
      for (const { conversation } of list.conversations) {
        const { id, lastSeq, me } = conversation
        const { joinedSeq, deliveredSeq, readSeq } = me
        const shown = { joinedSeq, lastSeq, deliveredSeq, readSeq }
        const key = JSON.stringify(shown)
        if (marks.get(id) !== key) {
          marks.set(id, key)
          tell({
            step: 'marks',
            at: at(),
            device: name,
            user,
            epoch: `life ${life}`,
            conversation: id,
            ...shown,
          })
        }
        if (timelines.has(id)) continue
        timelines.add(id)
        const timeline = mine.messages.timeline(id)
        stops.push(timeline.subscribe(() => lookAt(timeline.get())))
        lookAt(timeline.get())
      }
    }
    stops.push(mine.conversations.list.subscribe(look))
    stops.push(
      mine.connection.subscribe((state) => {
        if (state.name !== 'signedOut' || state.because === null || isStopped || mine !== client) return
        say({ word: 'signedOut', device: name, code: state.because })
        // The engine is still putting things away; nobody signs in before that.
        void observed(mine.me, (me) => me === null, `${name} is signed out`)
          .then(signIn)
          .catch(() => undefined)
      }),
    )
    for (const other of order.others) stops.push(mine.presence.of(other).subscribe(() => undefined))
    look(mine.conversations.list.get())
  }

  function lookAt(view: TimelineView): void {
    const wrong = disorder(view)
    say({ word: 'looked', times: 1 })
    if (wrong !== null)
      say({
        word: 'violation',
        violation: {
          invariant: 'I3',
          sentence: `${name} shows its messages ${wrong}`,
          states: ['one order, once each, without a hole', brief(view)],
          ids: [name, view.conversationId],
        },
      })
    for (const { message, isPending, state, error } of view.messages) {
      if (!followed.has(message.id)) continue
      const of = { at: at(), device: name, user, conversation: view.conversationId, id: message.id }
      if (!isPending) {
        followed.delete(message.id)
        tell({ step: 'acked', ...of })
      } else if (state === 'failed') {
        followed.delete(message.id)
        tell({ step: 'refused', ...of, code: error ?? 'unknown' })
      }
    }
  }

  async function end(): Promise<void> {
    for (const stop of stops) stop()
    stops = []
    await client.stop()
  }

  const hand: Hand = {
    get client() {
      return client
    },
    order,
    tell,
    at,
    follow: (conversation, id) => void followed.set(id, conversation),
    async reload() {
      await end()
      client = makeClient()
      await begin()
    },
    setClock(ms) {
      clockMs = ms
    },
    glance: () => ({
      isOnline: client.connection.get().name === 'online',
      waiting: client.waiting.get(),
      heads: Object.fromEntries(
        client.conversations.list
          .get()
          .conversations.map(({ conversation }) => [conversation.id, conversation.rev]),
      ),
    }),
    async state() {
      await pageBack(client)
      const of = { device: name, user, isFresh: false, watched: order.others }
      return stateOf(client, cache === null ? of : { ...of, cache })
    },
    async stop() {
      isStopped = true
      await end()
    },
  }
  await begin()
  return hand
}

/** What a device that starts with nothing is given. */
export async function freshState(order: DeviceOrder): Promise<DeviceState> {
  const client = createClient({
    url: order.url,
    tokens: 'body',
    deviceName: order.name,
    sessionStorage: sessionFile(join(order.folder, `${order.name}.json`)),
  })
  await mkdir(order.folder, { recursive: true })
  try {
    await client.start()
    const { name } = await observed(
      client.connection,
      (state) => state.name === 'online' || state.name === 'signedOut',
      `${order.name} is let in or not`,
    )
    if (name === 'signedOut') {
      await client.auth.login({ username: order.username, password: order.password })
      await observed(client.connection, (state) => state.name === 'online', `${order.name} is online`)
    }
    await pageBack(client)
    return await stateOf(client, { device: order.name, user: order.user, isFresh: true })
  } finally {
    await client.stop()
  }
}

/** Every conversation, back to the first message that this person may see. */
async function pageBack(client: Client): Promise<void> {
  for (const { conversation } of client.conversations.list.get().conversations) {
    const timeline = client.messages.timeline(conversation.id)
    for (let before = -1; timeline.get().hasBefore;) {
      const { length } = timeline.get().messages
      if (length === before) break
      before = length
      await client.messages.loadBefore(conversation.id)
    }
  }
}

/** What is wrong with how messages are shown; null: nothing. What was just acknowledged may be ahead of the rest. */
function disorder({ messages }: TimelineView): string | null {
  if (new Set(messages.map(({ message }) => message.id)).size !== messages.length) return 'twice'
  const inLog = messages.filter(({ message }) => message.seq > 0)
  for (let i = 1; i < inLog.length; i += 1) {
    const [before, after] = [inLog[i - 1]?.message.seq ?? 0, inLog[i]?.message.seq ?? 0]
    if (after <= before) return 'out of order'
    if (after > before + 1 && !inLog.slice(i).every(({ isMine }) => isMine)) return 'with a hole'
  }
  return null
}

function brief({ messages }: TimelineView): string {
  return messages
    .slice(-30)
    .map(({ message, state }) => `${message.seq}:${message.id}${state === null ? '' : ` ${state}`}`)
    .join(', ')
}

/** The successor of a refresh token is on the disk before it is needed, whole or not at all. */
function sessionFile(path: string) {
  return {
    async load(): Promise<StoredSession | null> {
      const text = await readFile(path, 'utf8').catch(() => 'null')
      return JSON.parse(text) as StoredSession | null
    },
    async save(session: StoredSession | null): Promise<void> {
      await writeFile(`${path}.next`, JSON.stringify(session))
      await rename(`${path}.next`, path)
    },
  }
}
