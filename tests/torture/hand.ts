// One device in a crew: the real client over a cache in a file, signed in by a session in a file, with a clock that can
// be wrong. Some are browsers with two tabs on one cache, of which the leading one may be killed at any write.
// What it shows is told by `tab.ts`; here is how it starts, ends, and comes back.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient, type Cache, type Client, type StoredSession } from '@palabre/client'
import type { UserId } from '@palabre/protocol'
import { createBrowser, type KitTab } from '../../packages/client/src/tabs/kit/browser.ts'
import { openFileCache } from '../kit/file-cache.ts'
import { createRandom } from '../kit/random.ts'
import { observed } from '../kit/wait.ts'
import { keptOf, stateOf, type DeviceState, type Step } from './history.ts'
import type { DeviceOrder, Glance, Word } from './orders.ts'
import { glanceAt, pageBack, watchTab, type Tab } from './tab.ts'

export interface Hand {
  readonly order: DeviceOrder
  /** Those that are open now; the first one for whoever needs only one. */
  tabs(): readonly Tab[]
  tell(step: Step): void
  at(): number
  reload(): Promise<void>
  /** Kills the tab that leads before one of its next writes; another takes over, and a new one is opened. */
  killLeader(beforeWrite: number): Promise<void>
  setClock(ms: number): void
  glance(): Glance
  /** Everything that each tab shows, paged back to the beginning, and what the cache keeps. */
  states(): Promise<DeviceState[]>
}

interface OpenTab extends Tab {
  /** Null: the only one of its device. */
  readonly kit: KitTab | null
}

/** Before signing in is tried again. */
const signInEveryMs = 300
/** A leader that writes nothing is killed all the same. */
const killWithinMs = 2_000
const newTabAfterMs = 300

/** Opens it on what its folder holds; signs in where there is no session. Does not wait for the network. */
export async function openHand(order: DeviceOrder, say: (word: Word) => void): Promise<Hand> {
  const { name, user, folder } = order
  const random = createRandom(order.seed)
  const at = () => Date.now() - order.begunAt
  const tell = (step: Step) => say({ word: 'step', step })
  let clockMs = 0
  let browser = createBrowser()
  const slots: (OpenTab | null)[] = []
  /** The cache that all tabs have open. */
  let cache: Cache | null = null
  let signingIn: Promise<void> | null = null
  /** Grows at every reload: whoever still signs in for an earlier one gives up. */
  let life = 0
  await mkdir(folder, { recursive: true })

  const tabs = () => slots.filter((tab) => tab !== null)

  function makeTab(slot: number): OpenTab {
    const kit = order.tabs > 1 ? browser.tab() : null
    const client = createClient({
      url: order.url,
      tokens: 'body',
      async openCache(userId) {
        if (kit === null) return (cache = await openFileCache(folder, userId))
        return kit.guard(await sharedCache(userId))
      },
      deviceName: name,
      sessionStorage: sessionFile(join(folder, 'session.json')),
      tabs: kit?.ports,
      now: () => Date.now() + clockMs,
      random: random.next,
    })
    const tab = watchTab({
      name: slot === 0 ? name : `${name}~${slot + 1}`,
      user,
      client,
      others: order.others,
      at,
      say,
      onSignedOut(code) {
        say({ word: 'signedOut', device: name, code })
        signIn()
      },
    })
    const opened = { ...tab, kit }
    slots[slot] = opened
    return opened
  }

  let opening: Promise<Cache> | null = null
  /** One journal has one writer: its tabs share it. */
  function sharedCache(userId: UserId): Promise<Cache> {
    opening ??= openFileCache(folder, userId).then((opened) => {
      cache = {
        ...opened,
        async destroy() {
          opening = null
          await opened.destroy()
        },
      }
      return cache
    })
    return opening
  }

  async function begin(): Promise<void> {
    const left = await openFileCache(folder, user)
    const { outbox } = await left.read()
    for (const device of tabNames()) tell({ step: 'reloaded', at: at(), device, user })
    tell({ step: 'kept', at: at(), device: name, user, ...(await keptOf(left)) })
    await left.close()
    browser = createBrowser()
    const first = makeTab(0)
    for (const { conversationId, messageId, operation } of outbox) {
      if (operation.name !== 'sendMessage') continue
      // Killed before it could tell: what it had written is in its outbox.
      const of = { at: at(), device: name, user, conversation: conversationId, id: messageId }
      tell({
        step: 'typed',
        ...of,
        text: 'text' in operation.input.body ? (operation.input.body.text ?? '') : '',
      })
      first.follow(conversationId, messageId)
    }
    await first.client.start()
    if (first.client.me.get() === null) signIn()
    else await openOthers()
  }

  async function openOthers(): Promise<void> {
    for (let slot = 1; slot < order.tabs; slot += 1) {
      await closeTab(slot)
      await makeTab(slot).client.start()
    }
  }

  const tabNames = () =>
    Array.from({ length: order.tabs }, (_, slot) => (slot === 0 ? name : `${name}~${slot + 1}`))

  async function closeTab(slot: number): Promise<void> {
    const tab = slots[slot]
    slots[slot] = null
    tab?.forsake()
    await tab?.client.stop().catch(() => undefined)
  }

  /** Until it is let in: servers come and go. Other tabs are loaded anew then. */
  function signIn(): void {
    signingIn ??= signInUntilIn().catch((error: unknown) =>
      say({ word: 'signedOut', device: name, code: String(error) }),
    )
  }

  /** Tabs hear of the end of their session one after the other: a later one may hear while an earlier one signs in. */
  async function signInUntilIn(): Promise<void> {
    const mine = life
    const isOut = () => mine === life && tabs().some(({ client }) => client.me.get() === null)
    try {
      await signInOnce(mine)
      while (isOut()) {
        await new Promise((done) => setTimeout(done, signInEveryMs))
        await signInOnce(mine)
      }
    } finally {
      // In one step with the last look: whoever hears of it from now on begins again.
      signingIn = null
    }
  }

  async function signInOnce(mine: number): Promise<void> {
    for (let slot = 1; slot < order.tabs; slot += 1) await closeTab(slot)
    for (let isIn = false; !isIn;) {
      if (mine !== life) return
      const client = slots[0]?.client ?? makeTab(0).client
      isIn =
        client.me.get() !== null ||
        (await client.auth.login({ username: order.username, password: order.password }).then(
          () => true,
          () => false,
        ))
      // However long it takes: who cannot sign in at all is not level when everything has come to rest.
      if (!isIn) await new Promise((done) => setTimeout(done, signInEveryMs))
    }
    if (mine === life) await openOthers()
  }

  async function end(): Promise<void> {
    // Its link may be cut until this has ended: only the attempt that is under way is waited for.
    life += 1
    await signingIn
    for (const slot of slots.keys()) await closeTab(slot)
    if (order.tabs > 1) await cache?.close()
    opening = null
    cache = null
  }

  async function kill(tab: OpenTab, beforeWrite: number): Promise<void> {
    const { kit } = tab
    if (kit === null) return
    await new Promise<void>((done) => {
      const timer = setTimeout(() => {
        kit.kill()
        done()
      }, killWithinMs)
      kit.killBeforeWrite(beforeWrite, () => {
        clearTimeout(timer)
        done()
      })
    })
    const slot = slots.indexOf(tab)
    if (slot < 0) return
    await closeTab(slot)
    await new Promise((done) => setTimeout(done, newTabAfterMs))
    // Someone may have signed it out, or loaded it anew, meanwhile.
    if (slots[slot] !== null || signingIn !== null) return
    tell({ step: 'reloaded', at: at(), device: tabNames()[slot] ?? name, user })
    await makeTab(slot).client.start()
  }

  const hand: Hand = {
    order,
    tabs,
    tell,
    at,
    async reload() {
      await end()
      await begin()
    },
    async killLeader(beforeWrite) {
      const leader = tabs().find(({ client }) => client.tabs.role.get() === 'leader')
      if (leader !== undefined && order.tabs > 1 && signingIn === null) await kill(leader, beforeWrite)
    },
    setClock(ms) {
      clockMs = ms
    },
    glance() {
      const glances = tabs().map(glanceAt)
      const [first = { isOnline: false, waiting: 0, heads: {}, tabs: [] }] = glances
      const isAlike = glances.every(({ heads }) => JSON.stringify(heads) === JSON.stringify(first.heads))
      const isWhole = glances.length === order.tabs && isAlike
      const states = glances.flatMap((glance) => glance.tabs)
      return {
        ...first,
        isOnline: isWhole && glances.every(({ isOnline }) => isOnline),
        tabs: signingIn === null ? states : [...states, 'signing in'],
      }
    },
    async states() {
      const states: DeviceState[] = []
      for (const { name: device, client } of tabs()) {
        await pageBack(client)
        const of = { device, user, isFresh: false, watched: order.others }
        states.push(await stateOf(client, cache === null ? of : { ...of, cache }))
      }
      return states
    },
  }
  await begin()
  return hand
}

/** What a device that starts with nothing is given. */
export async function freshState(order: DeviceOrder): Promise<DeviceState> {
  await mkdir(order.folder, { recursive: true })
  const client = createClient({
    url: order.url,
    tokens: 'body',
    deviceName: order.name,
    sessionStorage: sessionFile(join(order.folder, `${order.name}.json`)),
  })
  try {
    await client.start()
    await letIn(client, order)
    await pageBack(client)
    return await stateOf(client, { device: order.name, user: order.user, isFresh: true })
  } finally {
    await client.stop()
  }
}

async function letIn(client: Client, { name, username, password }: DeviceOrder): Promise<void> {
  const state = await observed(
    client.connection,
    (now) => now.name === 'online' || now.name === 'signedOut',
    `${name} is let in or not`,
  )
  if (state.name === 'online') return
  await observed(client.me, (me) => me === null, `${name} is signed out`)
  await client.auth.login({ username, password })
  await observed(client.connection, (now) => now.name === 'online', `${name} is online`)
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
