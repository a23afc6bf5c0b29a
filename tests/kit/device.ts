// A person's device: the real client over a cache in memory, that survives being stopped and started again.
import {
  createClient,
  memoryCache,
  type Cache,
  type Client,
  type ShownMessage,
  type Signals,
  type StoredSession,
} from '@palabre/client'
import type { ConversationId, Message, MessageId, UserId } from '@palabre/protocol'
import type { KitTab } from '../../packages/client/src/tabs/kit/browser.ts'
import type { Network } from './links/network.ts'
import { observed } from './wait.ts'

/** Who signs in: a `Person`, of which only this is needed. */
interface Account {
  readonly name: string
  readonly username: string
  readonly password: string
}

/** Where a device keeps who is signed in. */
export interface KeptSession {
  current: StoredSession | null
}

export interface DeviceOptions {
  /** Connects through it instead of straight to the server. */
  network?: Network
  /** Shown in the list of sessions. */
  deviceName?: string
  /** Signs in with the session that is kept there, or keeps a new one. For one device after the other. */
  session?: KeptSession
  /** One of several tabs on one cache, which share the session too. */
  tab?: { readonly tab: KitTab; readonly cache: Cache }
}

export interface Device {
  /** Of now: a restart makes a new one. */
  readonly client: Client
  readonly cache: Cache
  readonly isStopped: boolean
  /** Sends, and waits for the server's acknowledgement. */
  says(text: string, to: ConversationId | { id: UserId }): Promise<Message>
  /** Puts it into the outbox; what becomes of it is not waited for. */
  writes(text: string, to: ConversationId | { id: UserId }): Promise<MessageId>
  /** Waits until the message is in the log as this device holds it. */
  sees(id: ConversationId, messageId: MessageId, fits?: (shown: ShownMessage) => boolean): Promise<Message>
  /** Waits until a message with that text is there. */
  reads(id: ConversationId, text: string): Promise<Message>
  /** Waits until the device is a member, and knows it. */
  joins(id: ConversationId): Promise<void>
  /** Every message that is in the log, from the first one that this member may see. */
  history(id: ConversationId): Promise<Message[]>
  online(): Promise<void>
  /** What the browser would say of its network. */
  setOnline(isOnline: boolean): void
  /** Closes the client; cache and session stay. */
  stop(): Promise<void>
  /** As after a reload: a new client on the same cache and session. Does not wait for the network. */
  start(): Promise<void>
}

/** Signs in on a new device and waits until it is online. */
export async function openDevice(url: string, account: Account, options: DeviceOptions): Promise<Device> {
  const { tab } = options
  const cache = tab ? tab.tab.guard(tab.cache) : memoryCache()
  const signals = createSignals()
  const kept = options.session ?? { current: null }
  let isStopped = false

  const makeClient = () =>
    createClient({
      url: options.network?.url ?? url,
      tokens: 'body',
      openCache: async () => cache,
      tabs: tab?.tab.ports,
      deviceName: options.deviceName ?? `${account.name}’s device`,
      signals,
      sessionStorage: {
        load: async () => kept.current,
        async save(session) {
          kept.current = session
        },
      },
    })

  let client = makeClient()
  await client.start()
  const { name: state } = await observed(
    client.connection,
    ({ name }) => name === 'online' || name === 'signedOut',
    `${account.name} is let in or not`,
  )
  if (state === 'signedOut')
    await client.auth.login({ username: account.username, password: account.password })

  const addressOf = async (to: ConversationId | { id: UserId }) =>
    typeof to === 'string' ? to : client.conversations.openDirect(to.id)
  const inLog = (shown: ShownMessage) => !shown.isPending

  const device: Device = {
    get client() {
      return client
    },
    cache,
    get isStopped() {
      return isStopped
    },
    async says(text, to) {
      const id = await addressOf(to)
      return device.sees(id, await client.messages.send(id, { text }))
    },
    async writes(text, to) {
      return client.messages.send(await addressOf(to), { text })
    },
    async sees(id, messageId, fits = () => true) {
      await device.joins(id)
      const find = (messages: readonly ShownMessage[]) =>
        messages.find((shown) => shown.message.id === messageId && inLog(shown) && fits(shown))
      const view = await observed(
        client.messages.timeline(id),
        ({ messages }) => find(messages) !== undefined,
        `${account.name} sees message ${messageId}`,
      )
      return (find(view.messages) as ShownMessage).message
    },
    async reads(id, text) {
      await device.joins(id)
      const find = (messages: readonly ShownMessage[]) =>
        messages.find(({ message }) => message.kind === 'text' && message.body.text === text)
      const view = await observed(
        client.messages.timeline(id),
        ({ messages }) => find(messages) !== undefined,
        `${account.name} reads “${text}”`,
      )
      return (find(view.messages) as ShownMessage).message
    },
    async joins(id) {
      await observed(
        client.conversations.one(id),
        (view) => view !== null,
        `${account.name} is a member of ${id}`,
      )
    },
    async history(id) {
      await device.joins(id)
      const timeline = client.messages.timeline(id)
      let view = await observed(timeline, ({ isLoaded }) => isLoaded, `${account.name}’s timeline`)
      while (view.hasBefore) {
        await client.messages.loadBefore(id)
        const { length } = view.messages
        view = timeline.get()
        if (view.hasBefore && view.messages.length === length) {
          throw new Error(`${account.name} cannot page back in ${id}: ${view.error ?? 'nothing new came'}`)
        }
      }
      return view.messages.filter(inLog).map(({ message }) => message)
    },
    async online() {
      await observed(client.connection, ({ name }) => name === 'online', `${account.name} is online`)
    },
    setOnline: signals.setOnline,
    async stop() {
      if (isStopped) return
      isStopped = true
      await client.stop()
    },
    async start() {
      isStopped = false
      client = makeClient()
      await client.start()
    },
  }
  await device.online()
  return device
}

function createSignals(): Signals & { setOnline(isOnline: boolean): void } {
  const listeners = new Set<() => void>()
  let online = true
  return {
    isOnline: () => online,
    isVisible: () => true,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    setOnline(isOnline) {
      online = isOnline
      for (const listener of listeners) listener()
    },
  }
}
